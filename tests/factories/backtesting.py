"""Jobs as the repository makes them; a test states only what it is about."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import factory

from backtesting.jobs import BacktestJobRepository, Claim, JobResult
from backtesting.models import BacktestJob

if TYPE_CHECKING:
    from django.contrib.auth.models import User

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


class BacktestJobFactory(factory.django.DjangoModelFactory[BacktestJob]):
    """A row as it stands, in whatever state: for pages and lists, not for the state machine.

    `BacktestJobFactory(running=True)` and `finished=True` (completed) fill in what belongs to it.
    """

    class Meta:
        model = BacktestJob

    kind = "replay"
    request = factory.LazyFunction(lambda: {"config": {}})
    config_hash = "0" * 64

    class Params:
        running = factory.Trait(
            status=BacktestJob.Status.RUNNING,
            started_at=factory.LazyFunction(lambda: datetime.now(UTC)),
            lease_token=factory.LazyFunction(uuid.uuid4),
            lease_expires_at=factory.LazyFunction(lambda: datetime.now(UTC) + timedelta(minutes=1)),
            attempt=1,
            worker="host:1",
        )
        finished = factory.Trait(
            status=BacktestJob.Status.COMPLETED, started_at=AT, finished_at=AT, attempt=1
        )


class Bell:
    """Counts how often it was rung."""

    def __init__(self) -> None:
        self.rings = 0

    def __call__(self) -> None:
        self.rings += 1


def repository(bell: Bell | None = None) -> BacktestJobRepository:
    return BacktestJobRepository(ring=bell or Bell())


def submit(jobs: BacktestJobRepository, owner: User | None = None, **options: Any) -> BacktestJob:
    return jobs.submit("replay", owner, options.pop("request", {"config": {}}), **options)


def claim(jobs: BacktestJobRepository, worker: str = "host:1") -> Claim:
    """Claim the oldest queued job, which must be there."""
    claimed = jobs.claim(worker)
    assert claimed is not None
    return claimed


def result(**options: Any) -> JobResult:
    return JobResult(payload={"trades": 3}, tables=b"tables", **options)


def let_lease_run_out(job_id: int) -> None:
    """Put the end of a job's lease into the past, as a frozen worker would find it."""
    BacktestJob.objects.filter(pk=job_id).update(lease_expires_at=AT)
