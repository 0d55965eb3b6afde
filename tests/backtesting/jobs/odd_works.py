"""Kinds of work that a worker has to live through."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backtesting.leases import JobResult
from backtesting.models import BacktestJob
from tests.backtesting.jobs.cluster_settings import PREPARE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from backtesting.progress import JobProgress

    Work = Callable[[Mapping[str, Any], JobProgress], JobResult]

works: dict[str, Work] = {}


def prepare() -> None:
    """Take so long over it, as compiling does; no kind of work here needs the engine."""
    time.sleep(PREPARE_S)


def brief(values: Mapping[str, Any], _: JobProgress) -> JobResult:
    """Be done at once."""
    return JobResult(payload=dict(values))


def nap(values: Mapping[str, Any], progress: JobProgress) -> JobResult:
    """Take so many seconds, and call in all the while."""
    steps = round(values["seconds"] / 0.05)
    for step in range(steps):
        time.sleep(0.05)
        progress(step, steps)
    return JobResult(payload=dict(values))


def linger(values: Mapping[str, Any], progress: JobProgress) -> JobResult:
    """Take far too long at the first attempt, which is to be cut short, and no time at the next."""
    if BacktestJob.objects.get(pk=progress.job_id).attempt == 1:
        nap({"seconds": 600}, progress)
    return JobResult(payload=dict(values))


def meet(values: Mapping[str, Any], progress: JobProgress) -> JobResult:
    """Be done when as many workers are at this at once as `values` says."""
    here = Path(values["folder"])
    (here / str(os.getpid())).touch()
    while len(list(here.iterdir())) < values["workers"]:
        time.sleep(0.05)
        progress(0, 1)
    return JobResult(payload=dict(values))


def poison(*_: object) -> JobResult:
    """Kill the worker."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def freeze(values: Mapping[str, Any], progress: JobProgress) -> JobResult:
    """Stop dead at the first attempt, as a swapped-out process does; nap at the second."""
    progress(0, 2)
    marker = values["marker"]
    if not os.path.exists(marker):  # noqa: PTH110 - nothing else is needed here
        with open(marker, "w"):  # noqa: PTH123 - as above
            pass
        os.kill(os.getpid(), signal.SIGSTOP)
    return JobResult(payload={})


def odd(values: Mapping[str, Any], progress: JobProgress) -> JobResult:
    """Do what a test of this process has put into `works`."""
    return works["odd"](values, progress)
