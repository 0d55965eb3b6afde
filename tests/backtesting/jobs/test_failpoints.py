"""A process that dies at the worst moments leaves a job that is whole, or comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backtesting import failpoints
from backtesting.jobs import CancelAnswer, Reaped
from backtesting.models import BacktestJob, JobReport
from backtesting.runner import run_backtest_job
from tests.factories.backtesting import claim, let_lease_run_out, repository

if TYPE_CHECKING:
    from tests.backtesting.jobs.houses import House

Status = BacktestJob.Status
KILLED = 137
WORK = "from backtesting.runner import run_backtest_job; run_backtest_job({pk})"
REPOSITORY = "from backtesting.jobs import BacktestJobRepository; BacktestJobRepository()"


def die(house: House, failpoint: str, code: str) -> None:
    assert failpoint in failpoints.NAMES
    assert house.run(code, BT_FAILPOINT=failpoint) == KILLED


@pytest.mark.slow
@pytest.mark.parametrize(
    "failpoint", ["after_claim", "mid_replay", "before_report", "after_report"]
)
def test_a_worker_that_dies_at_work_leaves_a_job_to_do_again(house: House, failpoint: str) -> None:
    job = house.submit("nap", seconds=0.1)

    die(house, failpoint, WORK.format(pk=job.pk))

    job.refresh_from_db()
    assert (job.status, job.attempt, JobReport.objects.count()) == (Status.RUNNING, 1, 0)
    let_lease_run_out(job.pk)
    assert repository().reap() == Reaped(requeued=1)
    assert run_backtest_job(job.pk)
    job.refresh_from_db()
    assert (job.status, job.report.attempt) == (Status.COMPLETED, 2)


@pytest.mark.slow
def test_a_worker_that_dies_before_it_could_say_so_has_done_its_job(house: House) -> None:
    job = house.submit("nap", seconds=0.1)

    die(house, "after_commit", WORK.format(pk=job.pk))

    job.refresh_from_db()
    assert (job.status, job.report.attempt) == (Status.COMPLETED, 1)
    assert not run_backtest_job(job.pk)


@pytest.mark.slow
def test_a_reaper_that_dies_leaves_the_work_to_the_next(house: House) -> None:
    job = house.submit("brief")
    claim(repository())
    let_lease_run_out(job.pk)

    die(house, "in_reaper", f"{REPOSITORY}.reap()")

    job.refresh_from_db()
    assert job.status == Status.RUNNING
    assert repository().reap() == Reaped(requeued=1)


@pytest.mark.slow
def test_a_cancel_that_was_never_answered_has_not_happened(house: House) -> None:
    job = house.submit("brief")

    die(house, "in_cancel", f"{REPOSITORY}.cancel({job.pk})")

    job.refresh_from_db()
    assert job.status == Status.QUEUED
    assert repository().cancel(job.pk) == CancelAnswer.CANCELLED


def test_all_of_the_seven_places_are_tried_here() -> None:
    assert len(set(failpoints.NAMES)) == 7
