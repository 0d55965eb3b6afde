"""Processes are killed and frozen at random; no job is lost, doubled, or stuck.

`-m chaos` kills 200 times, which takes minutes; the short one is part of the suite. Directed tests
(failpoints, races, zombies) prove what chance would take too long to hit.
"""

from __future__ import annotations

import contextlib
import random
import signal
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from backtesting.jobs import BacktestJobRepository
from backtesting.models import BacktestJob, JobReport
from tests.backtesting.jobs.houses import House, family, wait_for

if TYPE_CHECKING:
    import subprocess

Status = BacktestJob.Status
SUPERVISORS = 2
# Real settings: a lease of 30 s, seen within 5 s; a hang of 15 s; a start.
STUCK_S = 60.0


class Chaos:
    """Hurts the workers of a house, and keeps as many supervisors as it had."""

    def __init__(self, house: House, moments: random.Random) -> None:
        self._house, self._moments = house, moments
        self._workers = [house.start_worker() for _ in range(SUPERVISORS)]
        self.struck: list[str] = []

    def submit(self) -> None:
        """Queue a job of a fraction of a second; cancel one in ten."""
        job = self._house.submit("nap", seconds=self._moments.uniform(0.05, 1.0))
        if self._moments.random() < 0.1:
            BacktestJobRepository().cancel(job.pk)

    def strike(self) -> None:
        place = self._moments.randrange(SUPERVISORS)
        worker = self._workers[place]
        victims = [psutil.Process(worker.pid), *family(worker.pid)]
        victim = self._moments.choice(victims)
        frozen = self._moments.random() < 0.1 and victim.pid != worker.pid
        with contextlib.suppress(psutil.NoSuchProcess):
            self.struck.append(f"{'froze' if frozen else 'killed'} {' '.join(victim.cmdline())}")
            victim.send_signal(signal.SIGSTOP if frozen else signal.SIGKILL)
        if victim.pid == worker.pid:
            self._replace(place, worker)

    def _replace(self, place: int, worker: subprocess.Popen[bytes]) -> None:
        worker.wait()
        self._workers[place] = self._house.start_worker()


def run_chaos(house: House, kills: int, *, pause_s: tuple[float, float]) -> None:
    seed = random.randrange(2**32)
    print(f"chaos seeded with {seed}")  # noqa: T201 - shown where the test fails
    moments = random.Random(seed)
    chaos = Chaos(house, moments)
    while len(chaos.struck) < kills:
        for _ in range(moments.randrange(3)):
            chaos.submit()
        time.sleep(moments.uniform(*pause_s))
        chaos.strike()

    wait_for(
        lambda: not BacktestJob.objects.active().exists(), "the end of every job", STUCK_S + 60
    )

    assert_nothing_was_lost()


def assert_nothing_was_lost() -> None:
    reported = set(JobReport.objects.values_list("job_id", flat=True))
    for job in BacktestJob.objects.all():
        assert job.is_finished, job
        assert (job.status == Status.COMPLETED) == (job.pk in reported), job
        assert job.attempt <= job.max_attempts, job
        if job.status == Status.FAILED:
            assert (job.error_code, job.attempt) == ("worker_lost", 2), job
    for report in JobReport.objects.select_related("job"):
        assert report.attempt == report.job.attempt
        assert report.payload == report.job.request


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_no_job_is_lost_doubled_or_stuck_in_ten_kills(house: House) -> None:
    run_chaos(house, 10, pause_s=(0.5, 3.0))


@pytest.mark.chaos
@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_no_job_is_lost_doubled_or_stuck_in_200_kills(house: House) -> None:
    run_chaos(house, 200, pause_s=(0.2, 5.0))
