"""The names of workers, and the signs of life of those who look after them."""

from __future__ import annotations

import os
import socket
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models.functions import Now

from backtesting.models import BacktestJob, SweepChunk, WorkerHeartbeat

if TYPE_CHECKING:
    from collections.abc import Collection

CLUSTER_VARIABLE = "BACKTEST_CLUSTER"
# The note of a supervisor whose cluster is not at work yet.
PREPARING = "compiling the engine"
_FORGOTTEN_AFTER = timedelta(days=1)


def worker_name(pid: int | None = None) -> str:
    """Return `host:pid`, and the cluster after a slash where it belongs to one."""
    cluster = os.environ.get(CLUSTER_VARIABLE)
    name = f"{socket.gethostname()}:{pid or os.getpid()}"
    return f"{name}/{cluster}" if cluster else name


def pid_of(worker: str) -> int:
    """Return the process of a worker, by its name."""
    return int(worker.partition("/")[0].rpartition(":")[2])


def busy_workers(cluster: str) -> list[str]:
    """Return the names of a cluster's workers that have a job."""
    leased = BacktestJob.objects.running().filter(worker__endswith=f"/{cluster}")
    return list(leased.values_list("worker", flat=True))


def helping_workers(cluster: str) -> list[str]:
    """Return the names of those that hold the lease of a part of somebody's sweep."""
    held = SweepChunk.objects.filter(
        worker__endswith=f"/{cluster}", lease_expires_at__gt=Now(), result__isnull=True
    )
    return list(held.values_list("worker", flat=True))


def expire_help(workers: Collection[str]) -> None:
    """End the leases of parts whose workers are known to be dead: others may take them."""
    SweepChunk.objects.filter(worker__in=list(workers), lease_token__isnull=False).update(
        lease_expires_at=Now() - timedelta(seconds=1)
    )


def silent_workers(cluster: str, seconds: float, lease: timedelta) -> list[str]:
    """Return those of them whose last beat, which set the lease, is so many seconds ago."""
    silent = BacktestJob.objects.running().filter(
        worker__endswith=f"/{cluster}",
        lease_expires_at__lt=Now() + lease - timedelta(seconds=seconds),
    )
    return list(silent.values_list("worker", flat=True))


def show_alive(name: str, *, restarts: int, note: str) -> None:
    """Write a supervisor's sign of life."""
    values = {"beat_at": Now(), "restarts": restarts, "note": note[:200]}
    if not WorkerHeartbeat.objects.filter(name=name).update(**values):
        WorkerHeartbeat.objects.create(name=name, **values)


def show_gone(name: str) -> None:
    """Take a supervisor that stops off the list, and those that were never heard of again."""
    WorkerHeartbeat.objects.filter(name=name).delete()
    WorkerHeartbeat.objects.filter(beat_at__lt=Now() - _FORGOTTEN_AFTER).delete()
