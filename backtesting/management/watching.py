"""Wait for a job and show how it stands, from the table of jobs alone."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from django.core.management.base import CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from backtesting.jobs import BacktestJobRepository
from backtesting.models import BacktestJob, WorkerHeartbeat
from backtesting.replay import ReplayError
from backtesting.workers import PREPARING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Show = Callable[[BacktestJob, str], None]

Status = BacktestJob.Status
_LOOK_S: Final = 0.2


def wait_for(job: BacktestJob, see_to_it: Callable[[], None]) -> BacktestJob:
    """Return the job once it is completed; `see_to_it` is called while it waits for a worker.

    Raises ReplayError for a refused request, CommandError for any other end. When interrupted it
    cancels the job.
    """
    try:
        with _display() as show:
            while not job.is_finished:
                if job.status == Status.QUEUED:
                    see_to_it()
                show(job, step_of(job))
                time.sleep(_LOOK_S)
                job.refresh_from_db()
    except BaseException:
        BacktestJobRepository().cancel(job.pk)
        raise
    if job.status != Status.COMPLETED:
        raise _end_of(job)
    return job


def step_of(job: BacktestJob) -> str:
    """Return in words what a job waits for, or is at."""
    if job.status == Status.RUNNING:
        return job.progress_note
    ahead = BacktestJob.objects.queued().filter(pk__lt=job.pk).count()
    if ahead:
        return f"waiting behind {ahead} others"
    workers = WorkerHeartbeat.objects.alive()
    if workers.filter(note=PREPARING).exists():
        return f"{PREPARING}, which takes half a minute once on a machine"
    return "waiting for the worker" if workers.exists() else "starting a worker"


def _end_of(job: BacktestJob) -> Exception:
    if job.error_code == "refused":
        return ReplayError(job.error_detail)
    if job.status == Status.CANCELLED:
        return CommandError(f"job {job.pk} was cancelled", returncode=1)
    return CommandError(f"job {job.pk} failed: {job.error_code}, {job.error_detail}", returncode=1)


@contextmanager
def _display() -> Iterator[Show]:
    """Give what shows a job: a bar on a terminal, a line for each step elsewhere."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda job, step: bar.update(
            task, description=step, completed=job.progress_done, total=job.progress_total or None
        )


class _Lines:
    """Writes a line when a job comes to another step."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, job: BacktestJob, step: str) -> None:
        if step != self._last:
            self._last = step
            print(f"job {job.pk}: {step}", file=sys.stderr)  # noqa: T201 - beside the report
