"""Jobs that replay: from the claim to the stored report, and every way in which they end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import OperationalError
from django_q.models import OrmQ

from backtesting import runner, working
from backtesting.engine.tables import ReplayTables
from backtesting.inputs import find_stored_result
from backtesting.jobs import BacktestJobRepository, JobResult
from backtesting.leases import report_hash
from backtesting.models import BacktestJob
from backtesting.runner import ReplayRequest, backtest_worker, run_backtest_job, run_saved
from backtesting.versions import code_version
from marketdata.selectors import SelectionError
from pairings.models import Pairing
from tests.backtesting.jobs.markets import record, request
from tests.factories.backtesting import claim
from tests.factories.pairings import PairingFactory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_django.fixtures import Settings

    from backtesting.progress import JobProgress
    from tests.backtesting.jobs.odd_works import Work

# Jobs beat on connections of their own, which a test's transaction would keep out.
pytestmark = pytest.mark.django_db(transaction=True)
Status = BacktestJob.Status


def test_a_long_round_ends_and_rings_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "_ROUND_S", 0.0)
    submit()
    OrmQ.objects.all().delete()

    backtest_worker()

    assert BacktestJob.objects.get().status == Status.QUEUED
    assert OrmQ.objects.count() == 1


def submit(**parts: Any) -> BacktestJob:
    return BacktestJobRepository().submit("replay", None, request(**parts))


def only_job() -> BacktestJob:
    return BacktestJob.objects.select_related("report").get()


def test_a_job_replays_what_is_stored_and_keeps_the_report() -> None:
    record()
    job = submit()

    assert run_backtest_job(job.pk)

    done = only_job()
    tables = ReplayTables.unpack(bytes(done.report.tables))
    assert (done.status, done.events, done.fill_model) == (Status.COMPLETED, 15, "modeled")
    assert done.trades == len(tables.trades) == done.report.payload["trades_attempted"] > 0
    assert len(tables.ladders) == len(tables.orders)
    assert (done.pnl, done.pnl_asset) == (done.report.payload["realized_pnl_usd"], "USD")
    assert done.report.sha256 == report_hash(done.report.payload, bytes(done.report.tables))
    assert (done.progress_done, done.progress_total) == (15, 15)
    assert done.code_version == code_version()
    assert not run_backtest_job(job.pk)


def test_the_same_request_gives_the_same_report_bit_for_bit() -> None:
    record()
    jobs = [submit(), submit()]

    for job in jobs:
        run_backtest_job(job.pk)

    hashes = {BacktestJob.objects.get(pk=job.pk).report.sha256 for job in jobs}
    assert len(hashes) == 1


def test_a_ring_works_through_the_whole_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "_ROUND_S", 600.0)  # the first job may compile the engine
    record()
    for _ in range(3):
        submit()

    backtest_worker()

    assert {job.status for job in BacktestJob.objects.all()} == {Status.COMPLETED}


def test_a_refused_request_says_why_and_the_queue_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(working, "_ROUND_S", 600.0)
    record()
    wrong, right = submit(recordings=["night"]), submit()

    backtest_worker()

    wrong.refresh_from_db()
    right.refresh_from_db()
    assert (wrong.status, wrong.error_code) == (Status.FAILED, "refused")
    assert wrong.error_detail.startswith("there is no recording 'night'; recorded are 'day'")
    assert right.status == Status.COMPLETED


def test_standard_input_is_refused_to_a_job() -> None:
    job = submit(file="-", recordings=None)

    run_backtest_job(job.pk)

    assert "standard input" in BacktestJob.objects.get().error_detail


def test_a_bug_fails_the_job_and_is_raised_again(odd: Callable[[Work], BacktestJob]) -> None:
    def work(values: Mapping[str, Any], _: JobProgress) -> JobResult:
        return JobResult(payload=values["nothing"])

    odd(work)

    with pytest.raises(KeyError):
        backtest_worker()

    job = BacktestJob.objects.get()
    assert (job.status, job.error_code) == (Status.FAILED, "crashed")
    assert job.error_detail == "KeyError: 'nothing'"


def test_a_job_that_loses_the_database_is_tried_again(odd: Callable[[Work], BacktestJob]) -> None:
    failures = iter([OperationalError("terminating connection")])

    def work(*_: object) -> JobResult:
        for failure in failures:
            raise failure
        return JobResult(payload={})

    odd(work)

    backtest_worker()

    job = only_job()
    assert (job.status, job.attempt, job.report.attempt) == (Status.COMPLETED, 2, 2)


def test_a_job_that_loses_it_each_time_fails(odd: Callable[[Work], BacktestJob]) -> None:
    def work(*_: object) -> JobResult:
        raise OperationalError("terminating connection\n")

    odd(work)

    backtest_worker()

    job = BacktestJob.objects.get()
    assert (job.status, job.attempt, job.error_code) == (Status.FAILED, 2, "machine")
    assert job.error_detail == "OperationalError: terminating connection"


def test_a_cancelled_job_that_loses_it_is_cancelled(odd: Callable[[Work], BacktestJob]) -> None:
    def work(*_: object) -> JobResult:
        BacktestJobRepository().cancel(BacktestJob.objects.get().pk)
        raise OperationalError("terminating connection")

    odd(work)

    backtest_worker()

    assert BacktestJob.objects.get().status == Status.CANCELLED


def test_a_job_that_takes_too_long_fails(odd: Callable[[Work], BacktestJob]) -> None:
    def work(*_: object) -> JobResult:
        raise SystemExit("Task exceeded maximum timeout value")

    odd(work)

    with pytest.raises(SystemExit):
        backtest_worker()

    assert BacktestJob.objects.get().error_code == "timeout"


def test_a_job_may_take_only_so_much_memory(
    odd: Callable[[Work], BacktestJob], settings: Settings
) -> None:
    settings.JOB_MEMORY_LIMIT_BYTES = 64 * 1024**2
    odd(lambda *_: JobResult(payload={"size": len(bytearray(512 * 1024**2))}))

    backtest_worker()

    job = BacktestJob.objects.get()
    assert (job.status, job.error_code) == (Status.FAILED, "memory_limit")
    assert len(bytearray(512 * 1024**2)) > 0


def test_a_cancelled_job_stops_at_its_next_beat(odd: Callable[[Work], BacktestJob]) -> None:
    def work(_: Any, progress: JobProgress) -> JobResult:
        BacktestJobRepository().cancel(job.pk)
        for done in range(1, 100):
            progress(done, 100)
        raise AssertionError("it went on")

    job = odd(work)

    backtest_worker()

    job.refresh_from_db()
    assert (job.status, job.error_code) == (Status.CANCELLED, "")


def test_a_worker_that_lost_its_lease_leaves_without_a_word(
    odd: Callable[[Work], BacktestJob],
) -> None:
    def work(*_: object) -> JobResult:
        jobs = BacktestJobRepository()
        jobs.put_back([BacktestJob.objects.get().worker])
        claim(jobs, "other:1")
        return JobResult(payload={})

    odd(work)

    backtest_worker()

    job = BacktestJob.objects.get()
    assert (job.status, job.worker) == (Status.RUNNING, "other:1")


def test_a_saved_run_leaves_a_job_like_any_other() -> None:
    record()
    shown: list[tuple[int, int]] = []

    number, report = run_saved(
        ReplayRequest.from_json(request()), show=lambda done, total: shown.append((done, total))
    )

    job = only_job()
    assert (job.pk, job.status, job.trades) == (
        number,
        Status.COMPLETED,
        report.trades_attempted,
    )
    assert shown[-1] == (15, 15)


def test_a_saved_run_that_fails_says_so_and_its_job_too() -> None:
    record()

    with pytest.raises(SelectionError, match="no recording 'night'"):
        run_saved(ReplayRequest.from_json(request(recordings=["night"])))

    assert BacktestJob.objects.get().status == Status.FAILED


def test_an_interrupted_run_is_a_cancelled_job(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    record()
    monkeypatch.setattr(runner, "load_events", interrupt)

    with pytest.raises(KeyboardInterrupt):
        run_saved(ReplayRequest.from_json(request()))

    assert BacktestJob.objects.get().status == Status.CANCELLED


def test_what_was_computed_before_is_found_and_what_changed_is_not() -> None:
    record()
    asked = ReplayRequest.from_json(request())
    assert find_stored_result(asked) is None

    number, _ = run_saved(asked)

    found = find_stored_result(asked)
    assert found is not None
    assert found.pk == number
    other = ReplayRequest.from_json(request(config={"seed": 7}))
    assert find_stored_result(other) is None
    Pairing.objects.all().delete()
    PairingFactory.create(symbol="BTC/USD", order_min=0.5)
    assert find_stored_result(asked) is None
