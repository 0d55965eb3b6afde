"""What a job at work writes of itself, how seldom, and how it is stopped."""

from __future__ import annotations

import time
from typing import Any

import pytest

from backtesting.leases import Claim, JobCancelled, JobLeases
from backtesting.models import BacktestJob
from backtesting.progress import JobProgress
from tests.backtesting.jobs.clocks import Clock
from tests.backtesting.jobs.houses import wait_for
from tests.factories.backtesting import claim, repository, submit

# Steps are vouched for on connections of their own, which a test's transaction would keep out.
pytestmark = pytest.mark.django_db(transaction=True)


class Beats(JobLeases):
    """Takes down the beats in place of the database."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.done: list[int] = []
        self.rates: list[float | None] = []
        self.error: Exception | None = None

    def beat(
        self, claim: Claim, done: int, total: int, note: str, *, rate: float | None = None
    ) -> None:
        self.notes.append(note)
        self.done.append(done)
        self.rates.append(rate)
        if self.error:
            raise self.error


def claimed() -> Claim:
    jobs = repository()
    submit(jobs)
    return claim(jobs)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("backtesting.progress.time", clock)
    return clock


def test_a_thousand_calls_are_a_beat_every_two_seconds(clock: Clock) -> None:
    beats = Beats()

    with JobProgress(beats, claimed()) as progress:
        for done in range(1000):
            progress(done, 2000)
            clock.now += 1 / 128

    # 7.8 s: beats after 0, 2, 4 and 6 of them.
    assert beats.done == [0, 256, 512, 768]
    assert beats.rates == [None, 128.0, 128.0, 128.0]


def test_a_cancel_stops_the_work_within_three_seconds(clock: Clock) -> None:
    beats, asked = Beats(), clock.now

    def go_on(progress: JobProgress) -> None:
        for done in range(1, 1000):
            clock.now += 0.1  # as seldom as the engine calls in
            progress(done, 2000)

    with JobProgress(beats, claimed()) as progress:
        progress(0, 2000)
        beats.error = JobCancelled("enough")
        with pytest.raises(JobCancelled):
            go_on(progress)

    assert clock.now - asked < 3


def test_a_step_that_cannot_call_in_is_vouched_for() -> None:
    beats = Beats()

    with JobProgress(beats, claimed(), every_s=0.02) as progress:
        progress.step("reading the events")
        wait_for(lambda: len(beats.notes) >= 4, "beats without a call")
        progress(1, 2)
        until_then = len(beats.notes)
        time.sleep(0.1)

    assert len(beats.notes) == until_then
    assert set(beats.notes[:-1]) == {"reading the events"}
    assert (beats.notes[-1], beats.done[-1]) == ("replaying", 1)


def test_a_step_that_takes_too_long_is_no_longer_vouched_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("backtesting.progress.VOUCHED_S", 0.05)
    beats = Beats()

    with JobProgress(beats, claimed(), every_s=0.02) as progress:
        progress.step("hanging")
        time.sleep(0.3)

    assert len(beats.notes) <= 4


def test_a_step_that_cannot_call_in_is_interrupted_by_a_cancel() -> None:
    beats = Beats()

    def work(progress: JobProgress) -> None:
        progress.step("reading the events")
        beats.error = JobCancelled("enough")
        for _ in range(12_000):
            time.sleep(0.01)

    with JobProgress(beats, claimed(), every_s=0.02) as progress, pytest.raises(JobCancelled):
        work(progress)


def test_a_cancel_in_the_table_stops_the_next_call() -> None:
    jobs = repository()
    submit(jobs)
    ours = claim(jobs)

    with JobProgress(jobs, ours, every_s=0.0) as progress:
        progress(1, 10)
        jobs.cancel(ours.job_id)
        with pytest.raises(JobCancelled):
            progress(2, 10)

    assert BacktestJob.objects.get().progress_done == 1


def test_what_is_shown_beside_it_hears_every_call() -> None:
    shown: list[Any] = []

    with JobProgress(Beats(), claimed(), show=lambda *pair: shown.append(pair)) as progress:
        for done in (1, 2, 3):
            progress(done, 3)

    assert shown == [(1, 3), (2, 3), (3, 3)]
