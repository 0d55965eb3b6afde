"""Taker fees: each pairing's rate, and where it comes from (the standard, section 8)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from backtesting.engine.config import BacktestConfig
    from pairings.rules import PairingRules

FLAT, ACCOUNT, SCHEDULE, ZERO, MIXED = "flat", "account", "schedule", "zero", "mixed"


class FeeError(ValueError):
    """No fee is known for a pairing that would be traded."""


@dataclass(frozen=True, slots=True)
class FeeRate:
    """A taker fee as a fraction, and its source."""

    rate: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRates:
    """An account's taker rates as fractions: by pairing, else the general one (None: unknown)."""

    general: float | None = None
    by_symbol: Mapping[str, float] = field(default_factory=dict)

    def rate(self, symbol: str) -> float | None:
        """Return the rate for a pairing; None where the account knows none."""
        return self.by_symbol.get(symbol, self.general)


def resolve_fees(
    config: BacktestConfig,
    rules: Iterable[PairingRules],
    account: AccountRates | None,
    *,
    traded: Container[str],
) -> dict[str, FeeRate]:
    """Return the fees by symbol; raise FeeError where a traded pairing has none: no silent zero.

    A pairing that is in no cycle is charged nothing and may be without a fee.
    """
    fees = {}
    for pairing in rules:
        try:
            fees[pairing.symbol] = _resolve(config, pairing, account)
        except FeeError:
            if pairing.symbol in traded:
                raise
    return fees


def source_of(fees: Iterable[FeeRate]) -> str:
    """Return the one word that names the source of all fees, `mixed` where there are several."""
    sources = {fee.source for fee in fees}
    return sources.pop() if len(sources) == 1 else MIXED


def _resolve(
    config: BacktestConfig, pairing: PairingRules, account: AccountRates | None
) -> FeeRate:
    if config.fee_rate > 0:
        return FeeRate(config.fee_rate, FLAT)
    if config.fee_profile == "zero":
        return FeeRate(0.0, ZERO)
    if config.fee_volume is not None:
        return _at_volume(pairing, config.fee_volume)
    if config.fee_profile is None and account is not None:
        rate = account.rate(pairing.symbol)
        if rate is not None:
            return FeeRate(rate, ACCOUNT)
    if pairing.taker_fee is not None:
        return FeeRate(pairing.taker_fee, SCHEDULE)
    raise FeeError(
        f"no fee is known for {pairing.symbol}: set fee_rate (0.004 is Kraken's entry tier), load "
        "the pairings with their fees (load_pairings), or enter an account snapshot in the admin; "
        "fee_profile=zero asks for no fees"
    )


def _at_volume(pairing: PairingRules, volume: float) -> FeeRate:
    rate = pairing.taker_fee_at(volume)
    if rate is None and volume == 0:
        rate = pairing.taker_fee
    if rate is None:
        raise FeeError(
            f"no fee tier of {pairing.symbol} is known at {volume:g} USD of volume: load Kraken's "
            "AssetPairs answer (load_pairings), or set fee_rate"
        )
    return FeeRate(rate, SCHEDULE)
