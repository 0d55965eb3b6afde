"""What a job at work writes of itself, how seldom, and how it is stopped."""

from __future__ import annotations

import time
from typing import Any

import pytest

from backtesting.leases import Claim, JobCancelled, JobLeases
from backtesting.models import BacktestJob
from backtesting.progress import JobProgress
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


def test_a_thousand_calls_are_few_beats() -> None:
    beats = Beats()

    with JobProgress(beats, claimed(), every_s=0.05) as progress:
        for done in range(1000):
            progress(done, 2000)
            time.sleep(0.0002)

    assert 2 <= len(beats.notes) <= 12
    assert beats.rates[0] is None
    assert (beats.rates[-1] or 0) > 0


def test_a_step_that_cannot_call_in_is_vouched_for() -> None:
    beats = Beats()

    with JobProgress(beats, claimed(), every_s=0.02) as progress:
        progress.step("reading the events")
        time.sleep(0.2)
        progress(1, 2)
        until_then = len(beats.notes)
        time.sleep(0.1)

    assert until_then >= 4
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
        for _ in range(500):
            time.sleep(0.01)

    began = time.monotonic()
    with JobProgress(beats, claimed(), every_s=0.02) as progress, pytest.raises(JobCancelled):
        work(progress)

    assert time.monotonic() - began < 2


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
