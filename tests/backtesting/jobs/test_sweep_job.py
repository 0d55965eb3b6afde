"""Sweeps as jobs: stored whole, shared chunk by chunk, the same bytes whatever the cut."""

from __future__ import annotations

import io
import json
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models.functions import Now

from backtesting import sweep_chunks, sweep_runner
from backtesting.jobs import BacktestJobRepository
from backtesting.models import BacktestJob, SweepChunk, TrialEntry
from backtesting.runner import run_backtest_job
from backtesting.search import cutting
from backtesting.search.ledger import TRIALS
from backtesting.sweep import run_parameter_search
from backtesting.sweep_runner import help_with_sweeps, prepare_sweep
from backtesting.sweep_storage import stored_sweep
from tests.backtesting.jobs.markets import SYMBOLS, record, request
from tests.backtesting.jobs.sweeps import submit_sweep, sweep_request

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

pytestmark = pytest.mark.django_db(transaction=True)
Status = BacktestJob.Status


@pytest.fixture
def chunked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every sweep cut into chunks of one or two sets."""
    monkeypatch.setattr(sweep_runner, "is_worth_cutting", lambda *_: True)
    monkeypatch.setattr(sweep_runner, "cut", lambda sizes, *_: [[one] for one in one_by_one(sizes)])


def one_by_one(sizes: Sequence[int]) -> list[tuple[int, int, int]]:
    return [(group, at, at + 1) for group, size in enumerate(sizes) for at in range(size)]


def finished(job: BacktestJob) -> BacktestJob:
    job = BacktestJob.objects.select_related("report").get(pk=job.pk)
    assert job.status == Status.COMPLETED, job.error_detail
    return job


def test_a_sweep_is_stored_as_it_was_found() -> None:
    record(20)
    job = submit_sweep()

    assert run_backtest_job(job.pk)

    done = finished(job)
    found = run_parameter_search(prepare_sweep(sweep_request()))
    assert stored_sweep(done).as_json()["results"] == found.as_json()["results"]
    assert (done.sets, done.fill_model, done.pnl_asset) == (12, "replayed", "USD")
    best = found.results[0]
    assert done.pnl == best.test["realized_pnl_usd"]
    assert best.train["trades_attempted"] > 0


@pytest.mark.usefixtures("chunked")
def test_a_cut_sweep_has_the_same_report_as_one_in_a_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    record(20)
    cut_up = submit_sweep()
    run_backtest_job(cut_up.pk)
    monkeypatch.setattr(sweep_runner, "is_worth_cutting", lambda *_: False)
    TrialEntry.objects.all().delete()  # the second would know the first one's trials
    whole = submit_sweep()

    run_backtest_job(whole.pk)

    assert finished(cut_up).report.sha256 == finished(whole).report.sha256
    assert not SweepChunk.objects.exists()


@pytest.mark.usefixtures("chunked")
def test_a_sweep_goes_on_from_the_chunks_that_a_lost_worker_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record(20)
    job = submit_sweep()
    stop_after(monkeypatch, 5)
    with pytest.raises(KeyboardInterrupt):
        run_backtest_job(job.pk)
    kept = SweepChunk.objects.filter(result__isnull=False).count()
    lose_worker(job)
    monkeypatch.undo()
    searched: list[int] = []
    finish = sweep_chunks.finish

    def count(chunk: Any, result: bytes) -> None:
        searched.append(chunk.pk)
        finish(chunk, result)

    monkeypatch.setattr(sweep_chunks, "finish", count)

    run_backtest_job(job.pk)

    assert kept == 5
    assert len(searched) == 12 - kept
    assert finished(job).attempt == 2


def stop_after(monkeypatch: pytest.MonkeyPatch, chunks: int) -> None:
    """Have the worker die before it finishes one more chunk than that."""
    finish = sweep_chunks.finish
    done: list[int] = []

    def die(chunk: Any, result: bytes) -> None:
        if len(done) == chunks:
            raise KeyboardInterrupt
        finish(chunk, result)
        done.append(chunk.pk)

    monkeypatch.setattr(sweep_chunks, "finish", die)


def lose_worker(job: BacktestJob) -> None:
    """Have all that the worker held run out, and its job go back to the queue."""
    for leased in (
        BacktestJob.objects.filter(pk=job.pk),
        SweepChunk.objects.filter(job=job, lease_token__isnull=False),
    ):
        leased.update(lease_expires_at="2020-01-01T00:00Z")
    assert BacktestJobRepository().reap().requeued == 1


@pytest.mark.usefixtures("chunked")
def test_an_idle_worker_helps_with_anothers_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    record(20)
    job = submit_sweep()
    helped: list[bool] = []

    def help_first(*_: object) -> None:
        if not helped:
            helped.append(help_with_sweeps(time.monotonic() + 60))

    monkeypatch.setattr(sweep_runner, "let_others_go_first", help_first)

    run_backtest_job(job.pk)

    # The helper, which here is the same process, found every chunk open and did them all.
    assert helped == [False]
    assert finished(job).sets == 12


@pytest.mark.usefixtures("chunked")
def test_a_helper_leaves_a_sweep_that_was_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    record(20)
    job = submit_sweep()
    answers: list[object] = []

    def cancel_and_help(*_: object) -> None:
        answers.append(BacktestJobRepository().cancel(job.pk))
        answers.append(help_with_sweeps(time.monotonic() + 60))
        answers.append(SweepChunk.objects.filter(result__isnull=False).count())

    monkeypatch.setattr(sweep_runner, "let_others_go_first", cancel_and_help)

    run_backtest_job(job.pk)

    job.refresh_from_db()
    assert job.status == Status.CANCELLED
    assert answers[1:3] == [False, 0]


@pytest.mark.usefixtures("chunked")
def test_a_single_run_goes_before_the_next_chunk() -> None:
    record(20)
    sweep = submit_sweep()
    single = BacktestJobRepository().submit("replay", None, request())

    run_backtest_job(sweep.pk)

    single.refresh_from_db()
    assert single.finished_at is not None
    assert single.finished_at < finished(sweep).finished_at  # type: ignore[operator] # it has ended


def test_a_chunk_is_claimed_once_and_a_late_result_is_refused() -> None:
    job = running_job()
    sweep_chunks.lay_out(job.pk, [[(0, 0, 6)]])
    late = sweep_chunks.claim("a:1", job.pk)
    assert late is not None
    assert sweep_chunks.claim("b:2", job.pk) is None
    SweepChunk.objects.update(lease_expires_at="2020-01-01T00:00Z")
    again = sweep_chunks.claim("b:2", job.pk)
    assert again is not None

    for write in (lambda: sweep_chunks.finish(late, b"late"), lambda: sweep_chunks.beat(late)):
        with pytest.raises(sweep_chunks.ChunkLost):
            write()
    sweep_chunks.finish(again, b"done")

    assert list(sweep_chunks.results(job.pk)) == [b"done"]
    with pytest.raises(sweep_chunks.ChunkLost):
        sweep_chunks.finish(again, b"twice")


def test_two_workers_never_hold_one_chunk() -> None:
    job = running_job()
    sweep_chunks.lay_out(job.pk, [[(0, at, at + 1)] for at in range(30)])
    held: list[int] = []

    def take_all() -> None:
        try:
            while chunk := sweep_chunks.claim("somebody"):
                held.append(chunk.pk)
        finally:
            connection.close()

    in_threads(take_all, 4)

    assert len(held) == len(set(held)) == 30


def in_threads(work: Callable[[], None], count: int) -> None:
    if connection.vendor == "sqlite":  # in memory: one connection, which threads cannot share
        count = 1
    threads = [threading.Thread(target=work) for _ in range(count)]
    if count == 1:
        work()
        return
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def running_job() -> BacktestJob:
    job = submit_sweep()
    assert BacktestJobRepository().claim("a:1", job.pk)
    return job


def test_chunks_of_other_code_are_not_gone_on_from() -> None:
    job = running_job()
    sweep_chunks.lay_out(job.pk, [[(0, 0, 6)]])
    SweepChunk.objects.update(code="older", result=b"of older code")

    assert not sweep_chunks.resume(job.pk)


def test_what_is_left_of_ended_sweeps_is_swept_away() -> None:
    job = running_job()
    sweep_chunks.lay_out(job.pk, [[(0, 0, 6)]])
    BacktestJob.objects.filter(pk=job.pk).update(
        status=Status.FAILED, finished_at=Now(), lease_token=None, lease_expires_at=None
    )

    BacktestJobRepository().purge(0)

    assert not SweepChunk.objects.exists()


def test_every_run_is_entered_in_the_ledger_of_its_data_once() -> None:
    record(20)
    jobs = [
        submit_sweep(sweep_request((0.0005, 0.005))),
        submit_sweep(sweep_request((0.005, 0.02, 0.03))),
        BacktestJobRepository().submit("replay", None, request()),
    ]
    for job in jobs:
        run_backtest_job(job.pk)

    trials = [stored_sweep(finished(job)).luck.trials for job in jobs[:2]]
    ledger = TrialEntry.objects.order_by("pk")
    entries = [len(bytes(entry.trials)) // TRIALS.itemsize for entry in ledger]

    # 2 thresholds x 2 capitals x 2 fees; then 12 more, of which 4 were tried before.
    assert trials == [8, 16]
    assert entries == [8, 12, 1]
    assert len({entry.fingerprint for entry in ledger}) == 1


def test_small_groups_share_a_chunk_and_large_ones_are_cut() -> None:
    # A scan of 0.5 s and 0.01 s a set: 150 sets make 2 s, and so do two groups of 50.
    chunks = cutting.cut([300, 50, 50], 0.5, 0.01, 2.0)

    assert chunks == [[(0, 0, 150)], [(0, 150, 300)], [(1, 0, 50), (2, 0, 50)]]
    slices = [slice_ for chunk in chunks for slice_ in chunk]
    covered = [(group, at) for group, first, stop in slices for at in range(first, stop)]
    assert covered == [(group, at) for group, at, _ in one_by_one((300, 50, 50))]


def test_a_chunk_is_more_than_its_scan_however_long_that_is() -> None:
    # Four scans of 5 s, and as many sets as fit beside the one that it takes: 15 s at 0.1 s.
    assert cutting.cut([300], 5.0, 0.1, 2.0) == [[(0, 0, 150)], [(0, 150, 300)]]


def test_a_sweep_that_reads_standard_input_is_refused() -> None:
    values = sweep_request().as_json()
    values["replay"]["file"] = "-"
    values["replay"]["recordings"] = None
    job = BacktestJobRepository().submit("sweep", None, values)

    run_backtest_job(job.pk)

    job.refresh_from_db()
    assert (job.status, job.error_code) == (Status.FAILED, "refused")
    assert job.error_detail.startswith("standard input can be read once only")


def test_a_run_of_the_command_line_is_a_trial_too() -> None:
    record(20)
    fees = ("--set", "fee_profile=zero", "--recording", "day", "--symbols", ",".join(SYMBOLS))

    call_command("replay", *fees, "--json", stdout=io.StringIO())
    out = io.StringIO()
    call_command("sweep", *fees, "--theta", "0.0005,0.001,0.002", "--json", stdout=out)

    # The replay's threshold, 0.0005, is one of the three.
    assert json.loads(out.getvalue())["trials"] == 3
    assert [entry.count for entry in TrialEntry.objects.order_by("pk")] == [1, 3]
