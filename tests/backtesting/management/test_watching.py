"""What whoever waits for a job is told of it."""

from __future__ import annotations

import io
import sys

import pytest

from backtesting.management.watching import step_of, wait_for
from backtesting.models import BacktestJob
from backtesting.workers import PREPARING, show_alive
from tests.factories.backtesting import BacktestJobFactory, claim, repository, result, submit

pytestmark = pytest.mark.django_db


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def work() -> None:
    """Do the oldest job, as a worker would."""
    jobs = repository()
    claimed = claim(jobs)
    jobs.beat(claimed, 5, 20, "replaying")
    jobs.store_report(claimed, result())


def test_a_job_that_waits_says_for_what() -> None:
    job = submit(repository())
    assert step_of(job) == "starting a worker"

    show_alive("host:1", restarts=0, note=PREPARING)
    assert step_of(job).startswith("compiling the engine, which takes half a minute")

    show_alive("host:1", restarts=0, note="cluster a")
    assert step_of(job) == "waiting for the worker"


def test_a_job_behind_others_says_behind_how_many() -> None:
    jobs = repository()
    for _ in range(2):
        submit(jobs)

    assert step_of(submit(jobs)) == "waiting behind 2 others"


def test_a_job_at_work_says_its_step() -> None:
    assert step_of(BacktestJobFactory.create(running=True, progress_note="replaying")) == (
        "replaying"
    )


def test_without_a_terminal_each_step_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    job = submit(repository())

    done = wait_for(job, work)

    assert done.status == BacktestJob.Status.COMPLETED
    assert capsys.readouterr().err == f"job {job.pk}: starting a worker\n"


def test_on_a_terminal_there_is_a_bar_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)

    wait_for(submit(repository()), work)

    assert "starting a worker" in terminal.getvalue()


def test_a_failure_of_whoever_sees_to_it_cancels_the_job() -> None:
    def fail() -> None:
        raise OSError("no more processes")

    job = submit(repository())

    with pytest.raises(OSError, match="no more processes"):
        wait_for(job, fail)

    job.refresh_from_db()
    assert job.status == BacktestJob.Status.CANCELLED
