"""The parts of a running sweep, as rows that workers on any machine claim, lease and finish.

Every change is one conditional update that states what it expects, as with jobs: who lost the
lease of a chunk changes nothing any more, and a chunk's result is stored once.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.db.models import Q, Sum
from django.db.models.functions import Now

from backtesting.leases import Status, lease_time
from backtesting.models import BacktestJob, SweepChunk
from backtesting.versions import code_version
from backtesting.writing import retrying

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

_UNDER_WAY: Final = [Status.QUEUED, Status.RUNNING]

Slice = tuple[int, int, int]


class ChunkLost(Exception):  # noqa: N818 - named for what happened, as LeaseLost is
    """The chunk is somebody else's by now, or done, or its sweep has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkClaim:
    """A chunk that is ours until its lease ends; `slices` are (group, first, stop)."""

    pk: int
    job_id: int
    token: uuid.UUID
    slices: tuple[Slice, ...]
    sets: int


def lay_out(job_id: int, parts: Sequence[Sequence[Slice]]) -> None:
    """Store the chunks of a sweep, each with its slices, unless they are there already."""
    code = code_version()
    rows = [
        SweepChunk(
            job_id=job_id,
            number=number,
            slices=[list(found) for found in slices],
            sets=sum(stop - first for _, first, stop in slices),
            code=code,
        )
        for number, slices in enumerate(parts)
    ]
    retrying(lambda: SweepChunk.objects.bulk_create(rows, ignore_conflicts=True))


def resume(job_id: int) -> bool:
    """Say whether chunks of an earlier attempt are there; those of other code are removed."""
    chunks = SweepChunk.objects.filter(job_id=job_id)
    retrying(lambda: chunks.exclude(code=code_version()).delete())
    return chunks.exists()


def claim(worker: str, job_id: int | None = None) -> ChunkClaim | None:
    """Return the first chunk that nobody works on as ours, of one job or of any; or None."""
    if not _open(job_id).exists():
        return None  # without asking for SQLite's only write lock
    return retrying(lambda: _claim(worker, job_id))


def beat(chunk: ChunkClaim) -> None:
    """Renew the lease; raise ChunkLost where the chunk, or its job, is no longer under way."""
    kept = retrying(
        lambda: (
            _ours(chunk)
            .filter(job__status__in=_UNDER_WAY)
            .update(lease_expires_at=Now() + lease_time())
        )
    )
    if not kept:
        raise ChunkLost(f"a chunk of job {chunk.job_id} is no longer ours")


def finish(chunk: ChunkClaim, result: bytes) -> None:
    """Store what a chunk came to, once; raise ChunkLost where it is no longer ours."""
    stored = retrying(
        lambda: _ours(chunk).update(result=result, lease_token=None, lease_expires_at=None)
    )
    if not stored:
        raise ChunkLost(f"a chunk of job {chunk.job_id} is no longer ours")


def give_back(chunk: ChunkClaim) -> None:
    """Let others have a chunk that we were told to leave."""
    retrying(lambda: _ours(chunk).update(worker="", lease_token=None, lease_expires_at=None))


def sets_done(job_id: int) -> int:
    """Return how many sets of a sweep are in finished chunks."""
    done = SweepChunk.objects.filter(job_id=job_id, result__isnull=False)
    found: int | None = done.aggregate(sets=Sum("sets"))["sets"]
    return found or 0


def is_complete(job_id: int) -> bool:
    """Say whether every chunk is finished."""
    return not SweepChunk.objects.filter(job_id=job_id, result__isnull=True).exists()


def results(job_id: int) -> Iterator[bytes]:
    """Yield what the chunks came to, in order."""
    chunks = SweepChunk.objects.filter(job_id=job_id).order_by("number")
    for result in chunks.values_list("result", flat=True).iterator(chunk_size=16):
        yield bytes(result or b"")


def _open(job_id: int | None) -> Any:
    free = Q(lease_token__isnull=True) | Q(lease_expires_at__lt=Now())
    found = SweepChunk.objects.filter(free, result__isnull=True, code=code_version())
    if job_id is not None:
        return found.filter(job_id=job_id)
    return found.filter(job__status=Status.RUNNING, job__cancel_requested_at=None)


def _claim(worker: str, job_id: int | None) -> ChunkClaim | None:
    token = uuid.uuid4()
    with transaction.atomic():
        waiting = _open(job_id).order_by("job_id", "number")
        row = waiting.select_for_update(skip_locked=True, of=("self",)).first()
        if row is None:
            return None
        taken = (
            _open(job_id)
            .filter(pk=row.pk)
            .update(worker=worker, lease_token=token, lease_expires_at=Now() + lease_time())
        )
        if not taken:
            return None
    return ChunkClaim(
        pk=row.pk,
        job_id=row.job_id,
        token=token,
        slices=tuple((group, first, stop) for group, first, stop in row.slices),
        sets=row.sets,
    )


def _ours(chunk: ChunkClaim) -> Any:
    return SweepChunk.objects.filter(pk=chunk.pk, lease_token=chunk.token, result__isnull=True)


def running_sweep(job_id: int) -> BacktestJob | None:
    """Return the job of a chunk while it is under way."""
    return BacktestJob.objects.filter(pk=job_id, status__in=_UNDER_WAY).first()
