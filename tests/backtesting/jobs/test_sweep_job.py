"""Sweeps as jobs: stored whole, shared chunk by chunk, the same bytes whatever the cut."""

from __future__ import annotations

import io
import json
import time
from typing import Any

import pytest
from django.core.management import call_command

from backtesting.jobs import BacktestJobRepository
from backtesting.models import BacktestJob, SweepChunk, TrialEntry
from backtesting.runner import run_backtest_job
from backtesting.search.ledger import TRIALS
from backtesting.sweep import run_parameter_search
from backtesting.sweeps import chunks as sweep_chunks
from backtesting.sweeps import runner as sweep_runner
from backtesting.sweeps.runner import help_with_sweeps, prepare_sweep
from backtesting.sweeps.storage import stored_sweep
from tests.backtesting.jobs.markets import SYMBOLS, record, request
from tests.backtesting.jobs.sweeps import one_by_one, submit_sweep, sweep_request

pytestmark = pytest.mark.django_db(transaction=True)
Status = BacktestJob.Status


@pytest.fixture
def chunked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every sweep cut into chunks of one or two sets."""
    monkeypatch.setattr(sweep_runner, "is_worth_cutting", lambda *_: True)
    monkeypatch.setattr(sweep_runner, "cut", lambda sizes, *_: [[one] for one in one_by_one(sizes)])


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
