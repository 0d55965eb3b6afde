"""The pairings of a run, their rules and their taker fees (sections 6 and 8)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.backtesting.engine.twin.settings import Settings


class PairingRow(TypedDict):
    """A pairing as it comes in; `taker_fee` None where it has no fee of its own."""

    symbol: str
    base: str
    quote: str
    lot_decimals: int
    order_min: float
    cost_min: float
    taker_fee: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """`least` is the order minimum with the run's override, `order_min` the pairing's own."""

    symbol: str
    base: str
    quote: str
    lots: float
    order_min: float
    least: float
    cost_min: float
    fee: float
    fee_source: str

    def floor_lot(self, quantity: float) -> float:
        return math.floor(quantity * self.lots + 1e-6) / self.lots


def make_pairs(
    rows: list[PairingRow], settings: Settings, fees: Mapping[str, float] | None
) -> dict[str, Pair]:
    overrides = settings.min_order_size_by_pair or {}
    pairs = {}
    for row in rows:
        fee, source = _taker_fee(row, settings, fees or {})
        pairs[row["symbol"]] = Pair(
            symbol=row["symbol"],
            base=row["base"],
            quote=row["quote"],
            lots=10.0 ** row["lot_decimals"],
            order_min=row["order_min"],
            least=overrides.get(row["symbol"], row["order_min"]),
            cost_min=row["cost_min"],
            fee=fee,
            fee_source=source,
        )
    return pairs


def _taker_fee(row: PairingRow, settings: Settings, fees: Mapping[str, float]) -> tuple[float, str]:
    """Return rate and source; a ValueError where nothing is known."""
    if row["symbol"] in fees:
        return fees[row["symbol"]], "account"
    if settings.fee_profile == "zero":
        return 0.0, "zero"
    if settings.fee_rate > 0:
        return settings.fee_rate, "flat"
    own = row["taker_fee"]
    if own is None or settings.fee_profile not in {None, "schedule"}:
        raise ValueError(f"{row['symbol']} has no fee that the twin knows; give it in fees")
    return own, "schedule"
