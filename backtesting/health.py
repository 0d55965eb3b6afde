"""Is the queue well: what /healthz asks of jobs and workers, in three quick queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils import timezone

from backtesting.models import WORKER_SILENCE, BacktestJob, WorkerHeartbeat
from config.health import Health

if TYPE_CHECKING:
    from datetime import datetime

# A job is taken within a second; where nothing has taken the oldest for so long, nothing will.
_STUCK_S: Final = 60.0


def queue_health() -> Health:
    """Return how long the oldest job has waited; ill where it waits and nothing is worked on."""
    waits = BacktestJob.objects.queued().order_by("pk").values_list("created_at", flat=True)
    leases = BacktestJob.objects.running().values_list("lease_expires_at", flat=True)
    now = timezone.now()
    oldest_s = _age(waits.first(), now)
    at_work = any(lease and lease > now for lease in leases)
    is_stuck = oldest_s is not None and oldest_s > _STUCK_S and not at_work
    return Health(ok=not is_stuck, details={"oldest_queued_s": oldest_s})


def worker_health() -> Health:
    """Return when a worker was last heard of; ill where one vanished and none is left.

    One that was told to stop takes its leave: that nobody works is no fault until a job waits.
    """
    beats = WorkerHeartbeat.objects.order_by("-beat_at").values_list("beat_at", flat=True)
    last_s = _age(beats.first(), timezone.now())
    if last_s is None:
        ok = not BacktestJob.objects.queued().exists()
    else:
        ok = last_s <= WORKER_SILENCE.total_seconds()
    return Health(ok=ok, details={"last_heartbeat_s": last_s})


def _age(then: datetime | None, now: datetime) -> float | None:
    """Return the seconds since; None where there is nothing to measure."""
    return None if then is None else round(max(0.0, (now - then).total_seconds()), 1)
