"""The state machine of jobs: `BacktestJobRepository` is the only writer of jobs.

It knows no kind of work and no queue: what is to be done for a kind is named in the settings
(JOB_KINDS), and what rings the workers' bell (JOB_BELL) as well. A lost ring loses nothing, for
the table of jobs is the truth.

    queued -> running -> completed | failed | cancelled
    queued -> cancelled
    running -> queued          its worker died, or was told to stop
"""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from backtesting import failpoints
from backtesting.leases import Claim, JobCancelled, JobResult, LeaseLost, Status
from backtesting.models import NAME_LENGTH, BacktestJob, SweepChunk
from backtesting.reaping import JobReaping, Reaped
from backtesting.writing import retrying

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

    from backtesting.models import BacktestJobQuerySet

__all__ = [
    "BacktestJobRepository",
    "CancelAnswer",
    "Claim",
    "JobCancelled",
    "JobError",
    "JobResult",
    "LeaseLost",
    "Reaped",
    "request_hash",
]
_BATCH = 100


class JobError(ValueError):
    """A job cannot be taken in or changed as asked; the message says why."""


class CancelAnswer(Enum):
    CANCELLED = "cancelled"
    REQUESTED = "requested"
    TOO_LATE = "too late"


def request_hash(request: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a request: of what is asked for, in whatever order it was written."""
    text = json.dumps(request, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


class BacktestJobRepository(JobReaping):
    """Makes, changes and ends jobs; `ring` tells the workers that there is something to do."""

    def __init__(self, ring: Callable[[], None] | None = None) -> None:
        self._ring = ring or import_string(settings.JOB_BELL)

    def submit(
        self,
        kind: str,
        owner: AbstractBaseUser | AnonymousUser | None,
        request: Mapping[str, Any],
        submission_id: uuid.UUID | None = None,
        *,
        name: str = "",
        notes: str = "",
        parent: BacktestJob | None = None,
        fingerprint: str = "",
    ) -> BacktestJob:
        """Queue a job and return it; the same submission_id always gives the same job.

        Raises JobError for an unknown kind, a name that is too long, or an owner with too many
        jobs in the queue.
        """
        if kind not in settings.JOB_KINDS:
            known = ", ".join(sorted(settings.JOB_KINDS))
            raise JobError(f"{kind!r} is no kind of job; it must be one of {known}")
        job = BacktestJob(
            kind=kind,
            owner_id=owner.pk if owner else None,
            request=dict(request),
            config_hash=request_hash(request),
            submission_id=submission_id or uuid.uuid4(),
            name=_checked_name(name),
            notes=notes,
            parent=parent,
            fingerprint=fingerprint,
        )
        return retrying(lambda: self._insert(job))

    def start(
        self,
        kind: str,
        owner: AbstractBaseUser | AnonymousUser | None,
        request: Mapping[str, Any],
        worker: str,
    ) -> Claim:
        """Make a job that the caller works on itself: nobody else ever sees it queued."""
        with transaction.atomic():
            job = BacktestJobRepository(ring=_stay_silent).submit(kind, owner, request)
            claim = self._claim(worker, uuid.uuid4(), job.pk)
        if claim is None:
            raise JobError(f"job {job.pk} was taken by somebody else")
        return claim

    def ring_for_waiting(self, *, also: bool = False) -> None:
        """Ring once if any job waits: a chain of rings does not break while there is work."""
        if also or BacktestJob.objects.queued().exists():
            self._ring()

    def cancel(self, job_id: int) -> CancelAnswer:
        """Cancel a queued job at once; ask the worker of a running one, which stops in seconds."""
        return retrying(lambda: self._cancel(job_id))

    def delete(self, job_id: int) -> bool:
        """Remove a job with its report; raise JobError while it runs. False: there is none."""
        with transaction.atomic():
            job = BacktestJob.objects.select_for_update(of=("self",)).filter(pk=job_id).first()
            if job is None:
                return False
            if job.status == Status.RUNNING:
                raise JobError(f"job {job_id} is running; cancel it first")
            BacktestJob.objects.filter(pk=job_id).delete()
        return True

    def rename(self, job_id: int, name: str) -> None:
        """Give a job a name; it may be empty. Raises JobError for one that is too long."""
        BacktestJob.objects.filter(pk=job_id).update(name=_checked_name(name))

    def annotate(self, job_id: int, notes: str) -> None:
        """Write a trader's notes beside a job."""
        BacktestJob.objects.filter(pk=job_id).update(notes=notes.strip())

    def run_again(
        self,
        job: BacktestJob,
        owner: AbstractBaseUser | AnonymousUser | None,
        submission_id: uuid.UUID | None = None,
    ) -> BacktestJob:
        """Queue a new job with the request of another one."""
        return self.submit(job.kind, owner, job.request, submission_id, name=job.name, parent=job)

    def find_result(
        self,
        request: Mapping[str, Any],
        fingerprint: str,
        code_version: str,
        among: BacktestJobQuerySet | None = None,
    ) -> BacktestJob | None:
        """Return the newest completed job of this request on this data by this code, if any.

        `among` are the jobs to look at, all where None.
        """
        if not fingerprint:
            return None
        jobs = BacktestJob.objects.all() if among is None else among
        return (
            jobs.filter(
                status=Status.COMPLETED,
                config_hash=request_hash(request),
                fingerprint=fingerprint,
                code_version=code_version,
            )
            .newest()
            .first()
        )

    def purge(self, days: int) -> int:
        """Remove what ended more than so many days ago (0: nothing); return how many jobs.

        Parts of sweeps that have ended go at once: a report holds all of them.
        """
        removed = 0
        old = BacktestJob.objects.filter(finished_at__lt=Now() - timedelta(days=days))
        while days and (batch := list(old.values_list("pk", flat=True)[:_BATCH])):
            with transaction.atomic():
                BacktestJob.objects.filter(pk__in=batch).delete()
            removed += len(batch)
        SweepChunk.objects.exclude(job__status__in=[Status.QUEUED, Status.RUNNING]).delete()
        return removed

    def _insert(self, job: BacktestJob) -> BacktestJob:
        with transaction.atomic():
            self._lock_owner(job.owner_id)
            same = BacktestJob.objects.filter(submission_id=job.submission_id)
            if known := same.first():
                return self._same(known, job)
            self._check_queue(job.owner_id)
            try:
                with transaction.atomic():
                    job.pk = None
                    job.save(force_insert=True)
            except IntegrityError:
                if known := same.first():
                    return self._same(known, job)
                raise
            self._ring()
        return job

    def _lock_owner(self, owner_id: int | None) -> None:
        """Let an owner's submissions follow one another, or two could both be the last one."""
        if owner_id is not None:
            owners = get_user_model().objects.select_for_update(no_key=True)
            owners.filter(pk=owner_id).values_list("pk").first()

    def _same(self, known: BacktestJob, job: BacktestJob) -> BacktestJob:
        if known.owner_id != job.owner_id:
            raise JobError("this form was sent by somebody else; open it again")
        return known

    def _check_queue(self, owner_id: int | None) -> None:
        most = settings.JOB_QUEUE_PER_USER
        if owner_id is None:
            return
        waiting = BacktestJob.objects.queued().filter(owner_id=owner_id).count()
        if waiting >= most:
            raise JobError(
                f"{waiting} of your jobs wait in the queue, which is the most it takes of one "
                f"person; cancel some or wait for them"
            )

    def _cancel(self, job_id: int) -> CancelAnswer:
        jobs = BacktestJob.objects.filter(pk=job_id)
        # Between two updates the job may be claimed or put back; it cannot be so for long.
        for _ in range(5):
            with transaction.atomic():
                queued = jobs.filter(status=Status.QUEUED)
                if queued.update(status=Status.CANCELLED, finished_at=Now()):
                    failpoints.reach("in_cancel")
                    return CancelAnswer.CANCELLED
                running = jobs.filter(status=Status.RUNNING)
                if running.filter(cancel_requested_at=None).update(cancel_requested_at=Now()):
                    failpoints.reach("in_cancel")
                    return CancelAnswer.REQUESTED
                if running.exists():
                    return CancelAnswer.REQUESTED
                if not jobs.active().exists():
                    break
        return CancelAnswer.TOO_LATE


def _stay_silent() -> None:
    """Ring for nobody."""


def _checked_name(name: str) -> str:
    if len(name.strip()) > NAME_LENGTH:
        raise JobError(
            f"the name {name.strip()[:20]!r}... has {len(name.strip())} characters; it may have "
            f"{NAME_LENGTH}"
        )
    return name.strip()
