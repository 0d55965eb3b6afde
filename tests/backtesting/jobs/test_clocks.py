"""A machine whose clock is wrong neither takes jobs away, nor keeps them, nor changes a report."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from backtesting.jobs import Reaped
from backtesting.models import BacktestJob, WorkerHeartbeat
from backtesting.runner import run_backtest_job
from backtesting.workers import show_alive
from tests.backtesting.jobs.markets import record, request
from tests.factories.backtesting import (
    BacktestJobFactory,
    claim,
    let_lease_run_out,
    repository,
    submit,
)

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db(transaction=True)
Status = BacktestJob.Status
YEARS = timedelta(days=20 * 365)


@pytest.fixture(params=[YEARS, -YEARS], ids=["ahead", "behind"])
def put_clock_wrong(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], None]:
    """Return what puts the clock of this machine years ahead, or back; the database has its own."""
    now, seconds = timezone.now, time.time

    def put() -> None:
        monkeypatch.setattr(timezone, "now", lambda: now() + request.param)
        monkeypatch.setattr(time, "time", lambda: seconds() + request.param.total_seconds())

    return put


def test_a_lease_holds_by_the_clock_of_the_database(put_clock_wrong: Callable[[], None]) -> None:
    jobs = repository()
    submit(jobs)
    held = claim(jobs)

    put_clock_wrong()

    assert jobs.reap() == Reaped()
    jobs.beat(held, 1, 2, "replaying")


def test_a_lease_given_by_a_wrong_clock_ends_as_any_other(
    put_clock_wrong: Callable[[], None],
) -> None:
    jobs = repository()
    submit(jobs)
    put_clock_wrong()
    held = claim(jobs)
    assert jobs.reap() == Reaped()

    let_lease_run_out(held.job_id)

    assert jobs.reap() == Reaped(requeued=1)


def test_a_sign_of_life_counts_by_the_clock_of_the_database(
    put_clock_wrong: Callable[[], None],
) -> None:
    show_alive("host:1", restarts=0, note="")

    put_clock_wrong()

    assert WorkerHeartbeat.objects.alive().exists()
    show_alive("host:2", restarts=0, note="")
    assert WorkerHeartbeat.objects.alive().count() == 2


def test_a_wrong_clock_purges_nothing_that_is_young(put_clock_wrong: Callable[[], None]) -> None:
    BacktestJobFactory.create(finished=True, finished_at=timezone.now())
    old = BacktestJobFactory.create(finished=True, finished_at=timezone.now() - 2 * YEARS)

    put_clock_wrong()

    assert repository().purge(days=365) == 1
    assert not BacktestJob.objects.filter(pk=old.pk).exists()


def test_the_report_of_a_replay_knows_no_clock(put_clock_wrong: Callable[[], None]) -> None:
    record()
    asked = request()
    first = repository().submit("replay", None, asked)
    run_backtest_job(first.pk)

    put_clock_wrong()
    second = repository().submit("replay", None, asked)
    run_backtest_job(second.pk)

    hashes = {job.report.sha256 for job in BacktestJob.objects.select_related("report")}
    assert {job.status for job in BacktestJob.objects.all()} == {Status.COMPLETED}
    assert len(hashes) == 1
