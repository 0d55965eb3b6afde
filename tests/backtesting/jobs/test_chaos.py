"""Processes are killed and frozen at random; no job is lost, doubled, or stuck.

`-m chaos` kills 200 times (CHAOS_KILLS), which takes minutes, and waits out the real settings; the
short one is part of the suite. Directed tests (failpoints, races, zombies) prove what chance would
take too long to hit.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from backtesting.jobs import BacktestJobRepository
from backtesting.models import BacktestJob, JobReport
from tests.backtesting.jobs.houses import House, family, named, wait_for, wait_until

if TYPE_CHECKING:
    import subprocess

Status = BacktestJob.Status
SUPERVISORS = 2
# Real settings: a lease of 30 s, seen within 5 s; a hang of 15 s; a start. And a busy machine.
STUCK_S = 300.0
LONGEST_S = 45.0  # from the death of a worker to the next attempt at its job
IDLE_KILLS = 20
KILLS = int(os.environ.get("CHAOS_KILLS", "200"))


class Chaos:
    """Hurts the workers of a house, and keeps as many supervisors as it had."""

    def __init__(self, house: House, moments: random.Random, **settings: object) -> None:
        self._house, self._moments, self._settings = house, moments, settings
        self._workers = [house.start_worker(**settings) for _ in range(SUPERVISORS)]
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
        self._workers[place] = self._house.start_worker(**self._settings)


def run_chaos(
    house: House, kills: int, *, pause_s: tuple[float, float], **settings: object
) -> None:
    seed = random.randrange(2**32)
    print(f"chaos seeded with {seed}")  # noqa: T201 - shown where the test fails
    moments = random.Random(seed)
    chaos = Chaos(house, moments, **settings)
    while len(chaos.struck) < kills:
        for _ in range(moments.randrange(3)):
            chaos.submit()
        time.sleep(moments.uniform(*pause_s))
        chaos.strike()

    wait_for(lambda: not BacktestJob.objects.active().exists(), "the end of every job", STUCK_S)

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
def test_no_job_is_lost_doubled_or_stuck_in_ten_kills(house: House) -> None:
    run_chaos(house, 10, pause_s=(0.2, 1.5), HANG_S=7, LEASE_S=8)


@pytest.mark.chaos
@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_no_job_is_lost_doubled_or_stuck_in_many_kills(house: House) -> None:
    run_chaos(house, KILLS, pause_s=(0.2, 5.0))


@pytest.mark.chaos
@pytest.mark.slow
def test_the_job_of_a_machine_that_went_away_is_done_again_within_45_seconds(house: House) -> None:
    lost = house.start_worker()
    job = wait_until(house.submit("nap", seconds=1), Status.RUNNING)
    lost.kill()  # the kernel ends its family
    lost.wait()
    began = time.monotonic()
    house.start_worker()

    wait_for(BacktestJob.objects.filter(attempt=2).exists, "a second attempt", LONGEST_S)

    print(f"taken up again after {time.monotonic() - began:.1f} s")  # noqa: T201 - a figure to see
    wait_until(job, Status.COMPLETED)


@pytest.mark.chaos
@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_queue_moves_on_within_30_seconds_of_each_of_20_kills_of_an_idle_worker(
    house: House,
) -> None:
    worker = house.start_worker()
    wait_until(house.submit("brief"), Status.COMPLETED)

    for _ in range(IDLE_KILLS):
        named(worker.pid, "idle").kill()
        wait_until(house.submit("brief"), Status.COMPLETED, seconds=30.0)

    assert JobReport.objects.count() == 1 + IDLE_KILLS
