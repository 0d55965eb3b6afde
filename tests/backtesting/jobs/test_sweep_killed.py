"""Two workers share a sweep, and one of them is killed: it loses its chunk and nothing else."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from backtesting.models import SweepChunk, TrialEntry
from backtesting.workers import pid_of
from tests.backtesting.jobs.houses import wait_for, wait_until
from tests.backtesting.jobs.markets import record
from tests.backtesting.jobs.sweeps import submit_sweep, sweep_request

if TYPE_CHECKING:
    from tests.backtesting.jobs.houses import House

THETAS = tuple(0.0005 + 0.0001 * step for step in range(300))
# Short enough for a small market's sweep to be cut; leases short enough to see a lost chunk again.
HASTY = {"CHUNK_S": 0.02, "LEASE_S": 3}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_worker_killed_in_mid_sweep_loses_its_chunk_alone(house: House) -> None:
    record(3000)
    request = sweep_request(THETAS)
    undisturbed = submit_sweep(request)
    house.start_worker(**HASTY)
    want = wait_until(undisturbed, "completed", 120).report.sha256
    TrialEntry.objects.all().delete()
    house.start_worker(**HASTY)
    job = submit_sweep(request)

    busy = wait_for(lambda: chunk_under_way(job.pk), "a chunk under way", 60)
    os.kill(pid_of(busy.worker), signal.SIGKILL)
    kept = set(
        SweepChunk.objects.filter(job=job, result__isnull=False).values_list("pk", flat=True)
    )

    done = wait_until(job, "completed", 120)
    assert done.report.sha256 == want
    assert done.attempt <= 2
    assert kept
    assert not SweepChunk.objects.exists()


def chunk_under_way(job_id: int) -> SweepChunk | None:
    """Return a chunk that somebody works on, once others are done."""
    chunks = SweepChunk.objects.filter(job_id=job_id)
    if not chunks.filter(result__isnull=False).exists():
        return None
    return chunks.filter(result__isnull=True, lease_token__isnull=False).first()
