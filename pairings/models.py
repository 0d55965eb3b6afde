"""Pairings as rows: what can be traded, under which rules, and whether we trade it.

Amounts and fees are doubles, not decimals: both databases keep a double bit for bit, so that 0.0001
stays 0.0001 and the engine gets the very number it computes with. SQLite has no decimal type (a
DecimalField there is a double with a detour), and a NUMERIC of fixed places would round either
1e-12 or 1e15.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat

from pairings.rows import TRADABLE_STATUSES
from pairings.rules import (
    DEFAULT_LOT_DECIMALS,
    MAX_AMOUNT,
    MAX_ASSET_LENGTH,
    MAX_DECIMALS,
    MAX_SYMBOL_LENGTH,
    PairingError,
    PairingRules,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


class PairingQuerySet(models.QuerySet["Pairing"]):
    def enabled(self) -> PairingQuerySet:
        return self.filter(enabled=True)

    def for_symbols(self, symbols: Iterable[str]) -> PairingQuerySet:
        return self.filter(symbol__in=list(symbols))

    def tradable(self) -> PairingQuerySet:
        """Keep those that Kraken takes orders for, as far as is known."""
        return self.filter(status__in=TRADABLE_STATUSES)

    def not_tradable(self) -> PairingQuerySet:
        return self.exclude(status__in=TRADABLE_STATUSES)

    def overridden(self) -> PairingQuerySet:
        """Keep those with a minimum of our own."""
        return self.filter(Q(order_min_override__isnull=False) | Q(cost_min_override__isnull=False))

    def named_like(self, words: str) -> PairingQuerySet:
        """Keep those that have the words in one of their names, ours or Kraken's."""
        return self.filter(
            Q(symbol__icontains=words)
            | Q(wsname__icontains=words)
            | Q(altname__icontains=words)
            | Q(kraken_key__icontains=words)
        )


def _within(name: str, lowest: float, highest: float) -> models.CheckConstraint:
    # The upper bound also keeps out PostgreSQL's NaN, which is above every number there.
    return models.CheckConstraint(
        name=f"pairing_{name}_within",
        condition=Q((f"{name}__gte", lowest), (f"{name}__lte", highest)),
        violation_error_message=f"{name} must lie from {lowest:g} to {highest:g}.",
    )


def _fee(name: str, above: float) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=f"pairing_{name}_is_fraction",
        condition=Q((f"{name}__gte", above), (f"{name}__lt", 1)),
        violation_error_message=f"{name} must be a fraction below 1, such as 0.0026 for 0.26 %.",
    )


class Pairing(models.Model):
    """One pairing of Kraken's spot market, by its WebSocket v2 symbol."""

    symbol = models.CharField(max_length=MAX_SYMBOL_LENGTH, unique=True)
    base = models.CharField(max_length=MAX_ASSET_LENGTH)
    quote = models.CharField(max_length=MAX_ASSET_LENGTH)
    lot_decimals = models.PositiveSmallIntegerField(default=DEFAULT_LOT_DECIMALS)
    price_decimals = models.PositiveSmallIntegerField(null=True, blank=True)
    cost_decimals = models.PositiveSmallIntegerField(null=True, blank=True)
    order_min = models.FloatField(default=0.0, help_text="least quantity, in base")
    cost_min = models.FloatField(
        null=True, blank=True, help_text="least cost, in quote; empty: not known, none applied"
    )
    order_min_override = models.FloatField(
        null=True, blank=True, help_text="least quantity in its place, in base; empty: none"
    )
    cost_min_override = models.FloatField(
        null=True, blank=True, help_text="least cost in its place, in quote; empty: none"
    )
    tick_size = models.FloatField(null=True, blank=True, help_text="price step, in quote")
    taker_fee = models.FloatField(
        null=True, blank=True, help_text="first tier, a fraction: 0.0026 is 0.26 %"
    )
    maker_fee = models.FloatField(
        null=True, blank=True, help_text="first tier, a fraction; below 0: a rebate"
    )
    fee_tiers = models.JSONField(
        default=list, blank=True, help_text="taker: [[30-day USD volume, fraction], ...], rising"
    )
    kraken_key = models.CharField(max_length=MAX_SYMBOL_LENGTH, blank=True, default="")
    altname = models.CharField(max_length=MAX_SYMBOL_LENGTH, blank=True, default="")
    wsname = models.CharField(max_length=MAX_SYMBOL_LENGTH, blank=True, default="")
    status = models.CharField(
        max_length=32, blank=True, default="", help_text="as Kraken last said; empty: not said"
    )
    enabled = models.BooleanField(default=False)
    inferred = models.BooleanField(
        default=False, help_text="made from its symbol alone: 8 lot decimals, no minimums, no fee"
    )
    rules_as_of = models.DateTimeField(
        null=True, blank=True, help_text="when the source of these rules was taken"
    )
    updated_at = models.DateTimeField(auto_now=True)

    objects = PairingQuerySet.as_manager()

    class Meta:
        ordering = ["symbol"]
        constraints = [
            models.CheckConstraint(
                name="pairing_symbol_is_base_quote",
                condition=Q(symbol=Concat("base", Value("/"), "quote")),
                violation_error_message="symbol must be base/quote, such as BTC/USD.",
            ),
            models.CheckConstraint(
                name="pairing_joins_two_assets",
                condition=~Q(base=F("quote")),
                violation_error_message="base and quote must be two assets.",
            ),
            _within("order_min", 0, MAX_AMOUNT),
            _within("cost_min", 0, MAX_AMOUNT),
            _within("order_min_override", 0, MAX_AMOUNT),
            _within("cost_min_override", 0, MAX_AMOUNT),
            _within("tick_size", 0, MAX_AMOUNT),
            _within("lot_decimals", 0, MAX_DECIMALS),
            _within("price_decimals", 0, MAX_DECIMALS),
            _within("cost_decimals", 0, MAX_DECIMALS),
            _fee("taker_fee", 0),
            _fee("maker_fee", -1),
        ]
        indexes = [
            # Pairing.objects.enabled() in order of symbol: the universe of a run from the database.
            # A lookup by symbol, for_symbols(), is served by the unique constraint.
            models.Index(
                fields=["symbol"], condition=Q(enabled=True), name="pairing_enabled_symbol"
            ),
        ]

    def __str__(self) -> str:
        return self.symbol

    def clean(self) -> None:
        try:
            self.rules()
        except PairingError as error:
            raise ValidationError(str(error)) from None

    def is_tradable(self) -> bool:
        return self.status in TRADABLE_STATUSES

    def has_overrides(self) -> bool:
        return self.order_min_override is not None or self.cost_min_override is not None

    def rules(self) -> PairingRules:
        """Return the rules as a replay needs them.

        A minimum of our own stands in the place of Kraken's, over every load of new rules; one
        that is not known is none.
        """
        return PairingRules(
            symbol=self.symbol,
            base=self.base,
            quote=self.quote,
            lot_decimals=self.lot_decimals,
            order_min=_first_known(self.order_min_override, self.order_min),
            cost_min=_first_known(self.cost_min_override, self.cost_min),
            taker_fee=self.taker_fee,
            fee_tiers=tuple((float(volume), float(fee)) for volume, fee in self.fee_tiers),
            inferred=self.inferred,
        )


def _first_known(*amounts: float | None) -> float:
    return next((amount for amount in amounts if amount is not None), 0.0)
