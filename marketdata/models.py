"""What was seen: recordings, the books in them, and the account's own figures at a time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from marketdata.packing import unpack_book
from pairings.rules import MAX_SYMBOL_LENGTH, PairingError, split_symbol

if TYPE_CHECKING:
    from marketdata.books import BookLevel

MAX_NAME_LENGTH = 200


class RecordingQuerySet(models.QuerySet["Recording"]):
    def ready(self) -> RecordingQuerySet:
        """Keep those that may be read: whole, and not on their way out."""
        return self.filter(state=Recording.State.READY)

    def unfinished(self) -> RecordingQuerySet:
        return self.exclude(state=Recording.State.READY)


class Recording(models.Model):
    """One import or live recording of order books."""

    class State(models.TextChoices):
        IMPORTING = "importing", "being imported"
        READY = "ready", "ready"
        FAILED = "failed", "failed: its rows are on their way out"

    name = models.CharField(max_length=MAX_NAME_LENGTH, unique=True)
    source = models.CharField(max_length=1000, blank=True, default="")
    format = models.CharField(max_length=32, default="jsonl")
    state = models.CharField(max_length=16, choices=State.choices, default=State.IMPORTING)
    synthetic = models.BooleanField(default=False, help_text="made up, not seen on an exchange")
    stored = models.PositiveBigIntegerField(default=0, help_text="events")
    refused = models.JSONField(default=dict, blank=True, help_text="invalid entries by code")
    rejected = models.PositiveBigIntegerField(default=0, help_text="invalid entries in all")
    first_at = models.DateTimeField(null=True, blank=True)
    last_at = models.DateTimeField(null=True, blank=True)
    fingerprint = models.CharField(
        max_length=64, blank=True, default="", help_text="SHA-256 of the unpacked text"
    )
    bytes = models.PositiveBigIntegerField(default=0, help_text="size of the source as it came")
    note = models.JSONField(default=dict, blank=True, help_text="the source's own header")
    owner = models.CharField(
        max_length=200, blank=True, default="", help_text="the process that imports it"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(default=timezone.now, help_text="heartbeat of an import")

    objects = RecordingQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="recording_name_is_given",
                condition=~Q(name=""),
                violation_error_message="a recording needs a name.",
            ),
            models.CheckConstraint(
                name="recording_ready_has_times",
                condition=~Q(state="ready")
                | Q(first_at__isnull=False, last_at__gte=F("first_at"), stored__gt=0),
                violation_error_message="a ready recording has events, a first and a last time.",
            ),
        ]
        indexes = [
            # Has this content been imported before? (ingest, before a recording becomes ready)
            models.Index(fields=["fingerprint"], name="recording_fingerprint"),
        ]

    def __str__(self) -> str:
        return self.name

    def is_ready(self) -> bool:
        return self.state == self.State.READY


class RecordingCoverageQuerySet(models.QuerySet["RecordingCoverage"]):
    def ready(self) -> RecordingCoverageQuerySet:
        return self.filter(recording__state=Recording.State.READY)


class RecordingCoverage(models.Model):
    """What a recording holds of one symbol: counted once, so that nothing counts the rows."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="coverage")
    pairing_symbol = models.CharField(max_length=MAX_SYMBOL_LENGTH)
    events = models.PositiveBigIntegerField()
    levels = models.PositiveBigIntegerField(help_text="levels of all its books together")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    objects = RecordingCoverageQuerySet.as_manager()

    class Meta:
        ordering = ["recording", "pairing_symbol"]
        verbose_name_plural = "recording coverage"
        constraints = [
            # Its index also serves what is asked of it: a recording's coverage, by symbol.
            models.UniqueConstraint(
                fields=["recording", "pairing_symbol"], name="coverage_once_a_symbol"
            ),
            models.CheckConstraint(
                name="coverage_ends_after_start", condition=Q(last_at__gte=F("first_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recording}: {self.events} of {self.pairing_symbol}"


class MarketSnapshot(models.Model):
    """One whole book of one symbol at one time; `levels` as marketdata.packing states it.

    The order of ids is the order of storage; within a recording times never fall along it.
    """

    # No constraint in the database here: PostgreSQL would check it row by row, a quarter of the
    # speed of an import, for what the import's own protocol (marketdata.staging) makes sure of.
    recording = models.ForeignKey(
        Recording, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    pairing_symbol = models.CharField(max_length=MAX_SYMBOL_LENGTH)
    occurred_at = models.DateTimeField()
    best_bid = models.FloatField(null=True, blank=True)
    best_ask = models.FloatField(null=True, blank=True)
    bid_levels = models.PositiveSmallIntegerField()
    levels = models.BinaryField()

    class Meta:
        db_table = "market_snapshots"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="snapshot_is_not_crossed",
                condition=Q(best_bid__isnull=True)
                | Q(best_ask__isnull=True)
                | Q(best_bid__lt=F("best_ask")),
            ),
        ]
        indexes = [
            # selectors: a few symbols of a recording of many; the admin's search by symbol.
            models.Index(
                fields=["pairing_symbol", "occurred_at", "id"], name="snapshot_symbol_time"
            ),
            # selectors: the first and last row of a recording, and where a time lies between
            # them; staging: the rows to remove; the admin's filter by recording.
            models.Index(fields=["recording", "id"], name="snapshot_recording_rows"),
        ]

    def __str__(self) -> str:
        return f"{self.pairing_symbol} at {self.occurred_at.isoformat()}"

    def book(self) -> tuple[tuple[BookLevel, ...], tuple[BookLevel, ...]]:
        """Return bids and asks, best first."""
        return unpack_book(bytes(self.levels), self.bid_levels)


class AccountSnapshot(models.Model):
    """The account's fee rates, volume and balances as they were at one time.

    Rates are fractions (0.0026 is 0.26 %); `pair_rates` holds taker rates by symbol, which win
    over the general `taker_rate`; None is a rate that is not known.
    """

    taken_at = models.DateTimeField(default=timezone.now)
    taker_rate = models.FloatField(null=True, blank=True, help_text="general; 0.0026 is 0.26 %")
    maker_rate = models.FloatField(null=True, blank=True, help_text="general; below 0: a rebate")
    pair_rates = models.JSONField(
        default=dict, blank=True, help_text='taker rates of their own: {"BTC/USD": 0.0026}'
    )
    volume_30d_usd = models.FloatField(null=True, blank=True, help_text="USD traded in 30 days")
    balances = models.JSONField(default=dict, blank=True, help_text='{"USD": 1000.0}')

    class Meta:
        db_table = "kraken_account_snapshots"
        ordering = ["-taken_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="account_taker_rate_is_fraction",
                condition=Q(taker_rate__gte=0, taker_rate__lt=1),
                violation_error_message="taker_rate must be a fraction from 0 to below 1.",
            ),
            models.CheckConstraint(
                name="account_maker_rate_is_fraction",
                condition=Q(maker_rate__gt=-1, maker_rate__lt=1),
                violation_error_message="maker_rate must be a fraction between -1 and 1.",
            ),
            models.CheckConstraint(
                name="account_volume_is_not_negative",
                condition=Q(volume_30d_usd__gte=0, volume_30d_usd__lt=1e18),
                violation_error_message="volume_30d_usd must be 0 or more.",
            ),
        ]
        indexes = [
            # selectors.account_fees_at: the latest at or before a time, else the earliest after it.
            models.Index(fields=["taken_at", "id"], name="account_snapshot_time"),
        ]

    def __str__(self) -> str:
        return f"account at {self.taken_at.isoformat()}"

    def clean(self) -> None:
        problems = {
            "pair_rates": _rates_problem(self.pair_rates),
            "balances": _balances_problem(self.balances),
        }
        found = {field: problem for field, problem in problems.items() if problem}
        if found:
            raise ValidationError(found)


def _rates_problem(rates: Any) -> str | None:
    """Return what is wrong with the rates by symbol; None if nothing is."""
    if not isinstance(rates, dict):
        return 'pair_rates must be an object such as {"BTC/USD": 0.0026}.'
    for symbol, rate in rates.items():
        try:
            split_symbol(symbol)
        except PairingError as error:
            return str(error)
        if not _is_number(rate) or not 0 <= rate < 1:
            return f"the rate of {symbol} is {rate!r}; it must be a fraction from 0 to below 1."
    return None


def _balances_problem(balances: Any) -> str | None:
    """Return what is wrong with the balances by asset; None if nothing is."""
    if not isinstance(balances, dict):
        return 'balances must be an object such as {"USD": 1000.0}.'
    for asset, amount in balances.items():
        if not _is_number(amount) or amount < 0:
            return f"the balance of {asset} is {amount!r}; it must be a number of 0 or more."
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
