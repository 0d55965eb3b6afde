"""Jobs as the repository makes them; a test states only what it is about."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import factory
from django.db import connection

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


def multiply_job(pk: int, count: int) -> None:
    """Make so many more rows like this one, each a second older, in one statement."""
    columns = [str(field.column) for field in BacktestJob._meta.concrete_fields]
    unique = "gen_random_uuid()" if connection.vendor == "postgresql" else "hex(randomblob(16))"
    older = (
        "created_at - n * interval '1 second'"
        if connection.vendor == "postgresql"
        else "datetime(created_at, '-' || n || ' seconds')"
    )
    own = {"public_id": unique, "submission_id": unique, "created_at": older}
    kept = [column for column in columns if column != "id"]
    chosen = ", ".join(own.get(column, column) for column in kept)
    numbers = f"SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count:d}"  # noqa: S608 - ours
    copies = f"SELECT {chosen} FROM backtest_jobs, numbers WHERE id = {pk:d}"  # noqa: S608 - ours
    into = f"INSERT INTO backtest_jobs ({', '.join(kept)})"
    with connection.cursor() as cursor:
        cursor.execute(f"WITH RECURSIVE numbers(n) AS ({numbers}) {into} {copies}")


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


def status(job_id: int) -> str:
    """Return what a job's status is by now."""
    return BacktestJob.objects.get(pk=job_id).status
