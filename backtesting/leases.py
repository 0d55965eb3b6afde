"""What a worker does to its job: claim it, beat, and end it, as long as the lease is its own.

Every transition is one conditional update that states whose job it expects to find. Who lost the
lease - frozen too long, or cancelled - changes nothing any more, whatever it still tries.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from backtesting import failpoints
from backtesting.models import MAX_DETAIL, BacktestJob, JobReport, SweepChunk, TrialEntry
from backtesting.writing import retrying

if TYPE_CHECKING:
    from collections.abc import Mapping

Status = BacktestJob.Status
FREE = {"lease_token": None, "lease_expires_at": None}
_PASSWORD = re.compile(r"(?<=://)[^\s/@:]*:[^\s/@]+(?=@)")
_NOTE = 200


class LeaseLost(Exception):  # noqa: N818 - named for what happened, as JobCancelled is
    """The job is somebody else's by now, or ended: nothing may be written for it."""


class JobCancelled(Exception):  # noqa: N818 - it is no error
    """Its owner wants the job to stop; `BacktestJobRepository.cancelled` is what is left to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A job that is ours until its lease ends; `token` proves it, `attempt` counts from 1."""

    job_id: int
    token: uuid.UUID
    attempt: int
    kind: str
    request: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """What a job found: a report as plain values, packed tables, and the headline for lists.

    `trials` are entered in the trial ledger of the data, whose name is `data_fingerprint`.
    """

    payload: Mapping[str, Any]
    tables: bytes = b""
    trials: bytes = b""
    data_fingerprint: str = ""
    fingerprint: str = ""
    code_version: str = ""
    sets: int | None = None
    events: int | None = None
    opportunities: int | None = None
    trades: int | None = None
    pnl: float | None = None
    pnl_asset: str = ""
    fill_model: str = ""
    synthetic: bool = False

    def headline(self) -> dict[str, Any]:
        """Return the columns of the job that a list shows."""
        return {
            name: getattr(self, name)
            for name in self.__dataclass_fields__
            if name not in ("payload", "tables", "trials", "data_fingerprint")
        }


def lease_time() -> timedelta:
    """Return for how long a worker may be silent."""
    return timedelta(seconds=settings.JOB_LEASE_S)


def report_hash(payload: Mapping[str, Any], tables: bytes) -> str:
    """Return the SHA-256 of a report: the same figures and tables give the same one."""
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode() + b"\0" + tables).hexdigest()


class JobLeases:
    """The transitions of a job that a worker makes; see `BacktestJobRepository` for the rest."""

    def claim(self, worker: str, job_id: int | None = None) -> Claim | None:
        """Return the oldest queued job as ours, or the one named; None if there is none."""
        if not BacktestJob.objects.queued().exists():
            return None  # without asking for SQLite's only write lock
        token, tries = uuid.uuid4(), count()
        # An earlier try whose outcome was not heard of may have succeeded.
        claim = retrying(
            lambda: (next(tries) and self._held(token)) or self._claim(worker, token, job_id)
        )
        failpoints.reach("after_claim")
        return claim

    def beat(
        self, claim: Claim, done: int, total: int, note: str, *, rate: float | None = None
    ) -> None:
        """Renew the lease and show progress; raise JobCancelled or LeaseLost to stop the work."""
        kept = retrying(
            lambda: (
                self._ours(claim)
                .filter(cancel_requested_at=None)
                .update(
                    lease_expires_at=Now() + lease_time(),
                    progress_done=min(done, total),
                    progress_total=total,
                    progress_rate=rate,
                    progress_note=note[:_NOTE],
                )
            )
        )
        if not kept:
            raise self._why_not(claim)

    def store_report(self, claim: Claim, result: JobResult) -> None:
        """Complete the job and store its report, both or neither; once.

        Raises JobCancelled or LeaseLost where the job is not ours to complete; nothing is written
        then.
        """
        sha256 = report_hash(result.payload, result.tables)
        retrying(lambda: self._store(claim, result, sha256))
        failpoints.reach("after_commit")

    def fail(self, claim: Claim, code: str, detail: str) -> None:
        """End the job as failed, saying why in a line; raise LeaseLost where it is not ours."""
        self._end(claim, Status.FAILED, error_code=code, error_detail=scrubbed(detail))

    def cancelled(self, claim: Claim) -> None:
        """End the job as its owner asked for; raise LeaseLost where it is not ours."""
        self._end(claim, Status.CANCELLED)

    def _claim(self, worker: str, token: uuid.UUID, job_id: int | None) -> Claim | None:
        with transaction.atomic():
            waiting = BacktestJob.objects.queued().order_by("pk")
            if job_id is not None:
                waiting = waiting.filter(pk=job_id)
            found = waiting.select_for_update(skip_locked=True).values_list("pk", flat=True)
            pk = found.first()
            if pk is None or not self._take(pk, worker, token):
                return None
            return _claim_of(BacktestJob.objects.get(pk=pk), token)

    def _held(self, token: uuid.UUID) -> Claim | None:
        job = BacktestJob.objects.running().filter(lease_token=token).first()
        return None if job is None else _claim_of(job, token)

    def _take(self, pk: int, worker: str, token: uuid.UUID) -> bool:
        taken = (
            BacktestJob.objects.queued()
            .filter(pk=pk)
            .update(
                status=Status.RUNNING,
                lease_token=token,
                lease_expires_at=Now() + lease_time(),
                attempt=F("attempt") + 1,
                started_at=Now(),
                worker=worker[:_NOTE],
                progress_done=0,
                progress_total=0,
                progress_rate=None,
                progress_note="starting",
            )
        )
        return taken == 1

    def _store(self, claim: Claim, result: JobResult, sha256: str) -> None:
        with transaction.atomic():
            completed = (
                self._ours(claim)
                .filter(cancel_requested_at=None)
                .update(
                    status=Status.COMPLETED,
                    finished_at=Now(),
                    progress_done=F("progress_total"),
                    progress_note="",
                    **FREE,
                    **result.headline(),
                )
            )
            if not completed:
                if self._is_stored(claim, sha256):
                    return
                raise self._why_not(claim)
            failpoints.reach("before_report")
            JobReport.objects.create(
                job_id=claim.job_id,
                attempt=claim.attempt,
                sha256=sha256,
                payload=dict(result.payload),
                tables=result.tables,
            )
            SweepChunk.objects.filter(job_id=claim.job_id).delete()
            if result.trials:
                TrialEntry.objects.create(
                    fingerprint=result.data_fingerprint,
                    job_id=claim.job_id,
                    count=result.sets or 1,
                    trials=result.trials,
                )
            failpoints.reach("after_report")

    def _is_stored(self, claim: Claim, sha256: str) -> bool:
        """Say whether an earlier try, whose outcome was not heard of, has stored it."""
        return JobReport.objects.filter(
            job_id=claim.job_id,
            job__status=Status.COMPLETED,
            attempt=claim.attempt,
            sha256=sha256,
        ).exists()

    def _end(self, claim: Claim, status: BacktestJob.Status, **values: str) -> None:
        ours = self._ours(claim)
        if status == Status.CANCELLED:
            ours = ours.filter(cancel_requested_at__isnull=False)
        ended = retrying(
            lambda: ours.update(
                status=status, finished_at=Now(), progress_note="", **FREE, **values
            )
        )
        if not ended:
            raise self._why_not(claim)

    def _ours(self, claim: Claim) -> Any:
        return BacktestJob.objects.running().filter(pk=claim.job_id, lease_token=claim.token)

    def _why_not(self, claim: Claim) -> JobCancelled | LeaseLost:
        if self._ours(claim).filter(cancel_requested_at__isnull=False).exists():
            return JobCancelled(f"job {claim.job_id} was cancelled")
        return LeaseLost(f"job {claim.job_id} is no longer ours")


def _claim_of(job: BacktestJob, token: uuid.UUID) -> Claim:
    return Claim(
        job_id=job.pk, token=token, attempt=job.attempt, kind=job.kind, request=job.request
    )


def scrubbed(detail: str) -> str:
    """Return an error's words in one line of bounded length, without passwords in addresses."""
    line = " ".join(detail.split())
    for secret in (settings.SECRET_KEY, settings.DATABASES["default"].get("PASSWORD")):
        line = line.replace(secret, "***") if secret else line
    return _PASSWORD.sub("***", line)[:MAX_DETAIL]
