"""A database that workers of their own processes share with the test, and these workers."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import psutil
from django.conf import settings
from django.db import connections
from django.db.backends.sqlite3.base import DatabaseWrapper

from backtesting.jobs import BacktestJobRepository
from backtesting.processes import is_alive
from tests.databases import PROJECT, SharedDatabase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from backtesting.models import BacktestJob

Seen = TypeVar("Seen")
# What takes a second here may take a minute on a busy machine: only what never comes is a fault.
PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Starts workers and waits for what they do; whatever is left of them ends with the test."""

    url: str
    folder: Path
    started: list[subprocess.Popen[Any]] = field(default_factory=list)

    def environment(self, **more: object) -> dict[str, str]:
        return {
            **os.environ,
            "DATABASE_URL": self.url,
            "BACKTEST_DATA_DIR": str(self.folder),
            "SECRET_KEY": settings.SECRET_KEY,
            "DJANGO_SETTINGS_MODULE": "tests.backtesting.jobs.cluster_settings",
            "PYTHONPATH": str(PROJECT),
            **{name: str(value) for name, value in more.items()},
        }

    def start_worker(self, **more: object) -> subprocess.Popen[bytes]:
        """Start a `runworker`; its log goes to the test's output."""
        worker = subprocess.Popen(
            [sys.executable, str(PROJECT / "manage.py"), "runworker"], env=self.environment(**more)
        )
        self.started.append(worker)
        return worker

    def run(self, code: str, **more: object) -> int:
        """Run Python with Django set up; return its exit code."""
        done = subprocess.run(
            [sys.executable, "-c", f"import django; django.setup(); {code}"],
            env=self.environment(**more),
            check=False,
        )
        return done.returncode

    def submit(self, kind: str, **request: object) -> BacktestJob:
        return BacktestJobRepository().submit(kind, None, request)

    def end(self) -> None:
        for worker in self.started:
            with worker:  # its pipes are closed, whatever became of the test
                for process in family(worker.pid):
                    with suppress(psutil.NoSuchProcess):
                        process.kill()
                worker.kill()


def family(pid: int) -> list[psutil.Process]:
    """Return the living descendants of a process."""
    try:
        found = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return [process for process in found if is_alive(process.pid)]


def named(pid: int, role: str) -> psutil.Process:
    """Return the process of a worker's family whose title says its role."""
    return wait_for(lambda: next(iter(_with_title(pid, role)), None), f"a process {role!r}")


def _with_title(pid: int, role: str) -> list[psutil.Process]:
    found = []
    for process in family(pid):
        with suppress(psutil.NoSuchProcess):  # it may end between two looks
            if role in " ".join(process.cmdline()):
                found.append(process)
    return found


def see_the_end_of(processes: Iterable[psutil.Process]) -> None:
    """Fail where one of them lives on; the killed take a moment on a busy machine."""

    def lives(one: psutil.Process) -> bool:  # and is no other that has got its number
        return one.is_running() and is_alive(one.pid)

    wait_for(lambda: not any(map(lives, processes)), "the end of all of them")


def wait_for(look: Callable[[], Seen | None], what: str, seconds: float = PATIENCE_S) -> Seen:
    """Return the first thing seen that is not None or False; fail when it takes too long.

    There is a look after the last moment too: a machine that stood still is no fault.
    """
    deadline = time.monotonic() + seconds
    is_last = False
    while not is_last:
        is_last = time.monotonic() >= deadline
        if seen := look():
            return seen
        time.sleep(0.05)
    raise AssertionError(f"{what} was not seen within {seconds} s")


def wait_until(job: BacktestJob, status: str, seconds: float = PATIENCE_S) -> BacktestJob:
    def look() -> BacktestJob | None:
        job.refresh_from_db()
        return job if job.status == status else None

    return wait_for(look, f"job {job.pk} {status}", seconds)


@contextmanager
def open_house(folder: Path) -> Iterator[House]:
    """Yield a house; on SQLite the test moves, with all its threads, from memory into a file."""
    memory = connections["default"]
    entry = memory.settings_dict  # what a new thread makes its connection from, too
    name = entry["NAME"]
    house = House(url=SharedDatabase.make(folder).url, folder=folder)
    if memory.vendor == "sqlite":
        entry["NAME"] = house.url.removeprefix("sqlite:///")
        connections["default"] = DatabaseWrapper(entry, "default")
    try:
        yield house
    finally:
        house.end()
        if connections["default"] is not memory:
            connections["default"].close()
            connections["default"] = memory
            entry["NAME"] = name
