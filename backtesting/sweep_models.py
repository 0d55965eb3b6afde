"""What sweeps keep beside their job and its report: parts of work, every trial, promotions."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class SweepChunk(models.Model):
    """A part of a running sweep that any worker may search: leased like a job, done once.

    `slices` are [group, first, stop]: sets of a group of the plan, by their place in it. `code`
    is the version of the code that cut the sweep; only the same code may add to it.
    """

    job = models.ForeignKey(
        "backtesting.BacktestJob", on_delete=models.CASCADE, related_name="chunks"
    )
    number = models.PositiveIntegerField()
    slices = models.JSONField()
    sets = models.PositiveIntegerField()
    code = models.CharField(max_length=64)
    worker = models.CharField(max_length=200, blank=True, default="")
    lease_token = models.UUIDField(null=True, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    result = models.BinaryField(null=True, blank=True)

    class Meta:
        db_table = "sweep_chunks"
        ordering = ["job", "number"]
        constraints = [
            models.UniqueConstraint(fields=["job", "number"], name="chunk_number"),
            models.CheckConstraint(
                name="chunk_is_leased_whole",
                condition=Q(lease_token__isnull=True, lease_expires_at__isnull=True)
                | Q(lease_token__isnull=False, lease_expires_at__isnull=False),
            ),
        ]
        indexes = [
            # sweeps.chunks.claim: the first that nobody works on; is there any? (every round)
            models.Index(
                fields=["job", "number"], name="chunk_open", condition=Q(result__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"chunk {self.number} of job {self.job_id}"


class TrialEntry(models.Model):
    """The parameter sets that one run tried on some data: packed records of `search/ledger.py`."""

    fingerprint = models.CharField(max_length=64, help_text="of the data")
    job = models.ForeignKey(
        "backtesting.BacktestJob",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    count = models.PositiveIntegerField()
    trials = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "trial_ledger"
        ordering = ["-id"]
        verbose_name_plural = "trial entries"
        indexes = [
            # sweeps.storage.trial_history: what was tried on this data?
            models.Index(fields=["fingerprint"], name="trial_data"),
        ]

    def __str__(self) -> str:
        return f"{self.count} trials"


class Promotion(models.Model):
    """A person's decision to trade a set, with the verdicts it had then.

    It outlives job and user, whose number and name it keeps.
    """

    job = models.ForeignKey(
        "backtesting.BacktestJob",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="promotions",
    )
    job_number = models.PositiveBigIntegerField()
    index = models.PositiveIntegerField(help_text="of the set in the grid")
    config = models.JSONField()
    universe = models.JSONField()
    was_ready = models.BooleanField()
    was_robust = models.BooleanField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    by_name = models.CharField(max_length=150)
    at = models.DateTimeField(default=timezone.now)
    note = models.TextField(blank=True, default="")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    withdrawn_by_name = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        db_table = "promotions"
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["job_number", "index"],
                condition=Q(withdrawn_at__isnull=True),
                name="set_is_promoted_once",
            ),
        ]

    def __str__(self) -> str:
        return f"set {self.index} of job {self.job_number}"
