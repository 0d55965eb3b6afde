"""A worker is killed in mid-sweep: it loses its chunk and nothing else."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import pytest

from backtesting.jobs import BacktestJobRepository
from backtesting.models import BacktestJob, SweepChunk, TrialEntry
from backtesting.runner import run_backtest_job
from backtesting.sweeps import chunks as sweep_chunks
from backtesting.sweeps import runner as sweep_runner
from tests.backtesting.jobs.markets import record
from tests.backtesting.jobs.sweeps import one_by_one, submit_sweep
from tests.factories.backtesting import AT

if TYPE_CHECKING:
    from tests.backtesting.jobs.houses import House

SETS, KEPT = 12, 4


@pytest.mark.slow
def test_a_worker_killed_in_mid_sweep_loses_its_chunk_alone(house: House) -> None:
    record(60)
    undisturbed = submit_sweep()
    assert house.run(f"from {__name__} import work; work({undisturbed.pk})") == 0
    TrialEntry.objects.all().delete()  # the second would know the first one's trials
    job = submit_sweep()

    code = house.run(f"from {__name__} import work; work({job.pk}, {KEPT})")

    chunks = SweepChunk.objects.filter(job=job)
    assert code == -signal.SIGKILL
    assert chunks.filter(result__isnull=False).count() == KEPT
    assert chunks.filter(lease_token__isnull=False).count() == 1

    let_leases_run_out(job)
    assert house.run(f"from {__name__} import work; work({job.pk}, {SETS - KEPT})") == 0

    done = BacktestJob.objects.select_related("report").get(pk=job.pk)
    assert (done.status, done.attempt) == ("completed", 2)
    undisturbed.refresh_from_db()
    assert done.report.sha256 == undisturbed.report.sha256
    assert not SweepChunk.objects.exists()


def work(job_id: int, chunks: int = SETS) -> None:
    """Do a sweep set by set, in a process of its own that is killed before one more chunk."""
    finish = sweep_chunks.finish
    finished: list[Any] = []

    def count(chunk: Any, result: bytes) -> None:
        if len(finished) == chunks:
            os.kill(os.getpid(), signal.SIGKILL)
        finish(chunk, result)
        finished.append(chunk)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep_chunks, "finish", count)
        patch.setattr(sweep_runner, "is_worth_cutting", lambda *_: True)
        patch.setattr(sweep_runner, "cut", lambda sizes, *_: [[one] for one in one_by_one(sizes)])
        assert run_backtest_job(job_id)


def let_leases_run_out(job: BacktestJob) -> None:
    """Put the ends of the killed worker's leases into the past, and its job into the queue."""
    BacktestJob.objects.filter(pk=job.pk).update(lease_expires_at=AT)
    SweepChunk.objects.filter(job=job, lease_token__isnull=False).update(lease_expires_at=AT)
    assert BacktestJobRepository().reap().requeued == 1
