"""Jobs, their reports and the workers that are alive: the truth about every run."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from backtesting.packed import PackedJSONField
from backtesting.sweep_models import Promotion, SweepChunk, TrialEntry

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

NAME_LENGTH: Final = 200

__all__ = [
    "BacktestJob",
    "JobReport",
    "Promotion",
    "SweepChunk",
    "TrialEntry",
    "WorkerHeartbeat",
]
MAX_DETAIL = 2000
# A supervisor writes its row every 5 s; after three rounds it is taken for dead.
WORKER_SILENCE = timedelta(seconds=15)


def _spelled_out(status: str) -> models.Func:
    """Return a status as a literal: SQLite uses no partial index for what comes as a parameter."""
    return models.Func(template=f"'{status}'", output_field=models.CharField())


class BacktestJobQuerySet(models.QuerySet["BacktestJob"]):
    def queued(self) -> BacktestJobQuerySet:
        return self.filter(status=_spelled_out(BacktestJob.Status.QUEUED.value))

    def running(self) -> BacktestJobQuerySet:
        return self.filter(status=_spelled_out(BacktestJob.Status.RUNNING.value))

    def active(self) -> BacktestJobQuerySet:
        """Keep those that something is still to be heard of."""
        return self.filter(status__in=[BacktestJob.Status.QUEUED, BacktestJob.Status.RUNNING])

    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> BacktestJobQuerySet:
        """Keep a user's own; staff sees all."""
        if getattr(user, "is_staff", False):
            return self.all()
        return self.filter(owner_id=user.pk) if user.pk else self.none()

    def newest(self) -> BacktestJobQuerySet:
        return self.order_by("-created_at", "-id")

    def older_than(self, created_at: datetime, pk: int) -> BacktestJobQuerySet:
        """Keep what comes after this job in the order of `newest`: the next page by key."""
        return self.filter(Q(created_at__lt=created_at) | Q(created_at=created_at, pk__lt=pk))


class BacktestJob(models.Model):
    """One run that was asked for, and how it stands.

    Only `BacktestJobRepository` writes rows, by conditional updates. `request` is what its kind of
    work takes, as plain values; `fingerprint` names all that the result rests on beside it. A
    running job is leased: whoever holds `lease_token` works on it, until `lease_expires_at`.
    """

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        COMPLETED = "completed"
        FAILED = "failed"
        CANCELLED = "cancelled"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=32)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.QUEUED)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,  # the index of the owner's newest jobs serves it
        related_name="+",
    )
    name = models.CharField(max_length=NAME_LENGTH, blank=True, default="")
    notes = models.TextField(blank=True, default="")
    request = models.JSONField()
    config_hash = models.CharField(max_length=64, help_text="SHA-256 of the request")
    fingerprint = models.CharField(max_length=64, blank=True, default="")
    code_version = models.CharField(max_length=64, blank=True, default="")
    submission_id = models.UUIDField(
        default=uuid.uuid4, unique=True, help_text="one a form: sent twice it makes one job"
    )
    parent = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="reruns",
        help_text="the job that this one repeats",
    )
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    attempt = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=2)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=200, blank=True, default="", help_text="host:pid")
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    progress_done = models.PositiveBigIntegerField(default=0)
    progress_total = models.PositiveBigIntegerField(default=0, help_text="0: not known yet")
    progress_rate = models.FloatField(null=True, blank=True, help_text="done a second")
    progress_note = models.CharField(max_length=200, blank=True, default="")
    error_code = models.CharField(max_length=32, blank=True, default="")
    error_detail = models.CharField(max_length=MAX_DETAIL, blank=True, default="")

    # The headline of the report, so that a list of jobs need not open reports.
    sets = models.PositiveIntegerField(null=True, blank=True, help_text="of a sweep")
    events = models.PositiveBigIntegerField(null=True, blank=True)
    opportunities = models.PositiveBigIntegerField(null=True, blank=True)
    trades = models.PositiveBigIntegerField(null=True, blank=True)
    pnl = models.FloatField(null=True, blank=True)
    pnl_asset = models.CharField(max_length=32, blank=True, default="")
    fill_model = models.CharField(max_length=32, blank=True, default="")
    synthetic = models.BooleanField(default=False)

    objects = BacktestJobQuerySet.as_manager()

    class Meta:
        db_table = "backtest_jobs"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="job_is_leased_while_running",
                condition=Q(
                    status="running",
                    lease_token__isnull=False,
                    lease_expires_at__isnull=False,
                    started_at__isnull=False,
                )
                | (
                    ~Q(status="running")
                    & Q(lease_token__isnull=True, lease_expires_at__isnull=True)
                ),
            ),
            models.CheckConstraint(
                name="job_has_an_end_when_finished",
                condition=Q(
                    status__in=["completed", "failed", "cancelled"], finished_at__isnull=False
                )
                | Q(status__in=["queued", "running"], finished_at__isnull=True),
            ),
            models.CheckConstraint(
                name="job_progress_within_total",
                condition=Q(progress_done__lte=F("progress_total")),
            ),
            models.CheckConstraint(
                name="job_cancel_is_kept",
                condition=Q(cancel_requested_at__isnull=True)
                | Q(status__in=["running", "failed", "cancelled"]),
            ),
        ]
        indexes = [
            # leases.claim: the oldest that waits; supervisor: does any wait?
            models.Index(fields=["id"], name="job_queued", condition=Q(status="queued")),
            # jobs.reap: leases that ran out; supervisor: those of its own workers
            models.Index(
                fields=["lease_expires_at"], name="job_leases", condition=Q(status="running")
            ),
            # The list of recent jobs and the pages behind it, for staff
            models.Index(F("created_at").desc(), F("id").desc(), name="job_newest"),
            # ... for a user; jobs.submit: how many of theirs wait
            models.Index("owner", F("created_at").desc(), F("id").desc(), name="job_newest_of"),
            # ... by status
            models.Index(
                "status", F("created_at").desc(), F("id").desc(), name="job_newest_by_status"
            ),
            # jobs.find_result: has this been computed before?
            models.Index(
                fields=["config_hash", "fingerprint"],
                name="job_results",
                condition=Q(status="completed"),
            ),
            # retention: what ended before a day
            models.Index(
                fields=["finished_at"], name="job_ended", condition=Q(finished_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.kind} {self.pk}"

    @property
    def is_finished(self) -> bool:
        return self.status not in (self.Status.QUEUED, self.Status.RUNNING)

    @property
    def is_cancelling(self) -> bool:
        return self.status == self.Status.RUNNING and self.cancel_requested_at is not None

    @property
    def is_stalled(self) -> bool:
        """Say whether the worker has not been heard of for the length of its lease."""
        return self.lease_expires_at is not None and self.lease_expires_at < timezone.now()

    @property
    def progress_share(self) -> float | None:
        """Return how much is done, 0 to 1; None before the amount of work is known."""
        return self.progress_done / self.progress_total if self.progress_total else None

    @property
    def seconds_left(self) -> float | None:
        """Return the time left at the present rate; None where no rate is known.

        None too once all but the last is done: what follows, such as judging, has no rate.
        """
        left = self.progress_total - self.progress_done
        if not self.progress_rate or self.status != self.Status.RUNNING or left <= 1:
            return None
        return left / self.progress_rate

    @property
    def seconds_taken(self) -> float | None:
        """Return how long it has run, or ran; None for one that was never started."""
        if self.started_at is None:
            return None
        return ((self.finished_at or timezone.now()) - self.started_at).total_seconds()


class JobReport(models.Model):
    """What a completed job found: written once, together with the job's completion.

    `payload` is the report as plain values, `tables` its packed tables, `sha256` the hash of both
    (`leases.report_hash`), `attempt` the attempt that computed them.
    """

    job = models.OneToOneField(BacktestJob, on_delete=models.CASCADE, related_name="report")
    attempt = models.PositiveSmallIntegerField()
    sha256 = models.CharField(max_length=64)
    payload = PackedJSONField()
    tables = models.BinaryField(default=b"")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "backtest_reports"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"report of job {self.job_id}"


class WorkerHeartbeatQuerySet(models.QuerySet["WorkerHeartbeat"]):
    def alive(self) -> WorkerHeartbeatQuerySet:
        return self.filter(beat_at__gte=Now() - WORKER_SILENCE)


class WorkerHeartbeat(models.Model):
    """The sign of life of one `runworker`; leases do not depend on it."""

    name = models.CharField(max_length=200, unique=True, help_text="host:pid/cluster")
    started_at = models.DateTimeField(default=timezone.now)
    beat_at = models.DateTimeField()
    restarts = models.PositiveIntegerField(default=0, help_text="of its cluster")
    note = models.CharField(max_length=200, blank=True, default="")

    objects = WorkerHeartbeatQuerySet.as_manager()

    class Meta:
        db_table = "worker_heartbeats"
        ordering = ["name"]
        indexes = [
            # Is any worker alive? (every dashboard, /healthz)
            models.Index(fields=["beat_at"], name="worker_beat"),
        ]

    def __str__(self) -> str:
        return self.name
