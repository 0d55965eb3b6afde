"""Keeps a cluster of workers alive, and the table of jobs in order while workers die.

django-q2 replaces a worker that ends, but hangs for ever when one is killed at the wrong moment,
and lives on in pieces when its first process is. So its processes are one group here, which ends
as a whole and is started anew; what they had in hand goes back to the queue.
"""

from __future__ import annotations

import logging
import os
import secrets
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection

from backtesting import queue
from backtesting.jobs import BacktestJobRepository
from backtesting.leases import lease_time
from backtesting.models import BacktestJob
from backtesting.processes import end_group, is_alive, titles
from backtesting.workers import (
    CLUSTER_VARIABLE,
    PREPARING,
    busy_workers,
    expire_help,
    helping_workers,
    pid_of,
    show_alive,
    show_gone,
    silent_workers,
    worker_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)
SUPERVISOR_VARIABLE: Final = "BACKTEST_SUPERVISOR"
_TICK_S: Final = 1.0
_LOOK_S: Final = 2.0
_DUTY_S: Final = 5.0
_KEEPING_S: Final = 3600.0
# A cluster takes a while to listen on a busy machine, and longer if it compiles the engine first.
_START_S: Final = 30.0
_PREPARE_S: Final = 300.0
_EARLY_END_S: Final = 10.0
# What the looks and the end of a group take of the time in which a hang must be found.
_MARGIN_S: Final = 3.0
_GRACE_S: Final = 2.0
_LONGEST_PAUSE_S: Final = 10.0


class ClusterProcess:
    """A django-q2 cluster in a process group of its own, which dies with us."""

    def __init__(self) -> None:
        self.name = secrets.token_hex(4)
        self.started = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, str(settings.BASE_DIR / "manage.py"), "runworker", "cluster"],
            env={
                **os.environ,
                CLUSTER_VARIABLE: self.name,
                SUPERVISOR_VARIABLE: str(os.getpid()),
            },
            stdin=subprocess.DEVNULL,
            process_group=0,
        )

    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def listens(self) -> bool:
        """Say whether a worker of it has come so far as to take work (by its process's title)."""
        found = titles(self._process.pid)
        return any(" idle" in title or " processing " in title for title in found)

    def is_preparing(self) -> bool:
        """Say whether it compiles and loads the engine before it takes work."""
        return any(queue.PREPARING in title for title in titles(self._process.pid))

    def stop(self, grace_s: float) -> None:
        """Let it finish what is nearly done, then end it."""
        self._process.terminate()
        try:
            self._process.wait(grace_s)
        except subprocess.TimeoutExpired:
            logger.info("the cluster is still at work; its jobs go back to the queue")
        self.kill()

    def kill(self) -> None:
        """End the whole group; nothing of it is left then."""
        if not end_group(self._process.pid):
            logger.error("processes of group %s did not end", self._process.pid)
        self._process.wait()


class Supervisor:
    """Looks after one cluster until `stop` is called."""

    def __init__(self, start_cluster: Callable[[], ClusterProcess] = ClusterProcess) -> None:
        self._start_cluster = start_cluster
        self._jobs = BacktestJobRepository()
        self._name = worker_name()
        self._stopping = threading.Event()
        self._cluster: ClusterProcess | None = None
        self._restarts = self._early_ends = 0
        self._note = "starting"
        self._head: int | None = None
        self._moved_at = 0.0
        self._due: dict[str, float] = {}

    def stop(self, *_signal: object) -> None:
        """Have `run` come to its end; a signal may call this."""
        self._stopping.set()

    def run(self) -> None:
        """Keep the cluster at work until told to stop; then put back what it was at."""
        self._safely(queue.keep_schedule)
        try:
            self._start()
            while not self._stopping.wait(_TICK_S):
                self._tick()
        finally:
            self._shut_down()

    def _tick(self) -> None:
        if self._cluster is None or self._cluster.has_ended():
            self._restart("its first process ended")
        if self._is_due("look", _LOOK_S):
            self._safely(self._look)
        if self._is_due("duties", _DUTY_S):
            self._safely(self._do_duties)
        if self._is_due("keeping", _KEEPING_S):
            self._safely(self._keep_house)

    def _look(self) -> None:
        """See to jobs of dead workers; start a cluster anew that does not move."""
        if self._cluster is None:
            return
        busy = {*busy_workers(self._cluster.name), *helping_workers(self._cluster.name)}
        dead = {worker for worker in busy if not is_alive(pid_of(worker))}
        if dead:
            logger.warning("lost %s", ", ".join(sorted(dead)))
            expire_help(dead)
            self._jobs.expire(dead)
            self._jobs.reap()
        if reason := self._hang(self._cluster, working=len(busy) > len(dead)):
            self._restart(reason)

    def _hang(self, cluster: ClusterProcess, *, working: bool) -> str | None:
        """Return what shows that the cluster hangs; None if nothing does."""
        patience = settings.JOB_HANG_S - _MARGIN_S
        if silent := silent_workers(cluster.name, patience, lease_time()):
            return f"no sign of life of {', '.join(silent)}"
        head = BacktestJob.objects.queued().order_by("pk").values_list("pk", flat=True).first()
        now = time.monotonic()
        if self._moved_at > now:
            self._wait_for_start(cluster)
        if working or head is None or head != self._head:
            self._head = head
            self._moved_at = max(now, self._moved_at)
        if now - self._moved_at >= patience:
            return f"job {head} waits and no worker takes it"
        return None

    def _wait_for_start(self, cluster: ClusterProcess) -> None:
        """Judge a cluster from when it listens on; bear with one that compiles the engine."""
        now = time.monotonic()
        if cluster.listens():
            self._moved_at = now
            self._early_ends = 0  # it can be started: whatever ends it comes from outside
            self._due.pop("duties", None)  # its note is no longer true
        elif cluster.is_preparing() and now - cluster.started < _PREPARE_S:
            self._moved_at = now + _START_S

    def _do_duties(self) -> None:
        show_alive(self._name, restarts=self._restarts, note=self._note_now())
        self._jobs.reap()
        queued = len(BacktestJob.objects.queued().values_list("pk")[:2])
        queue.make_up_for_lost_bells(queued)

    def _note_now(self) -> str:
        is_starting = self._moved_at > time.monotonic()
        if is_starting and self._cluster and self._cluster.is_preparing():
            return PREPARING
        return self._note

    def _keep_house(self) -> None:
        removed = self._jobs.purge(settings.JOB_RETENTION_DAYS)
        if removed:
            logger.info("removed %s jobs that ended long ago", removed)
        queue.forget_old_failures()

    def _start(self) -> None:
        self._cluster = self._start_cluster()
        self._head, self._moved_at = None, time.monotonic() + _START_S
        self._note = f"cluster {self._cluster.name}"

    def _restart(self, reason: str) -> None:
        """End what is left of the cluster, put back what it had in hand, and start another."""
        logger.warning("starting the workers anew: %s", reason)
        if self._cluster:
            lived = time.monotonic() - self._cluster.started
            self._early_ends = self._early_ends + 1 if lived < _EARLY_END_S else 0
            self._cluster.kill()
            self._safely(self._give_up_its_jobs)
        self._restarts += 1
        self._note = f"restarted: {reason}"
        if self._early_ends:
            self._stopping.wait(min(2.0**self._early_ends, _LONGEST_PAUSE_S))
        if not self._stopping.is_set():
            self._start()

    def _give_up_its_jobs(self) -> None:
        if self._cluster:
            self._jobs.expire(busy_workers(self._cluster.name))
            self._jobs.reap()

    def _shut_down(self) -> None:
        if self._cluster:
            self._cluster.stop(_GRACE_S)
            self._safely(self._put_back_its_jobs)
        self._safely(lambda: show_gone(self._name))

    def _put_back_its_jobs(self) -> None:
        if self._cluster:
            self._jobs.put_back(busy_workers(self._cluster.name))

    def _is_due(self, duty: str, every_s: float) -> bool:
        now = time.monotonic()
        if now < self._due.get(duty, 0.0):
            return False
        self._due[duty] = now + every_s
        return True

    def _safely(self, duty: Callable[[], object]) -> None:
        """Do what needs the database; where that is away, go on, and judge nobody by it."""
        began = time.monotonic()
        try:
            duty()
        except DatabaseError as error:
            logger.warning("the database did not answer: %s", error)
            connection.close()
        if time.monotonic() - began > _DUTY_S:
            self._moved_at = time.monotonic() + _START_S
