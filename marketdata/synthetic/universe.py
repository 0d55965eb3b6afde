"""The pairings a synthetic recording trades: Kraken's names, decimals, minimums and entry fees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from pairings.rules import PairingRules

if TYPE_CHECKING:
    from collections.abc import Iterable

Tier = Literal["major", "cross", "minor"]

# Kraken's taker schedule for crypto pairings in 2025: (30-day volume in USD, fraction).
TAKER_TIERS: Final = (
    (0.0, 0.0040),
    (10_000.0, 0.0035),
    (50_000.0, 0.0024),
    (100_000.0, 0.0022),
    (250_000.0, 0.0020),
    (500_000.0, 0.0018),
    (1_000_000.0, 0.0016),
    (2_500_000.0, 0.0014),
    (5_000_000.0, 0.0012),
    (10_000_000.0, 0.0010),
    (100_000_000.0, 0.0008),
    (500_000_000.0, 0.0005),
)
TAKER_FEE: Final = TAKER_TIERS[0][1]

# What one unit is worth in US dollars when a recording starts.
START_VALUE_USD: Final = {
    "USD": 1.0,
    "EUR": 1.0832,
    "USDT": 0.9998,
    "BTC": 61_250.0,
    "ETH": 3_020.0,
    "SOL": 148.2,
    "XRP": 0.5487,
    "ADA": 0.4493,
    "LTC": 81.37,
}
# Cycles and planted edges start from the first of these that they hold.
START_ASSETS: Final = tuple(START_VALUE_USD)
# One-second volatility relative to Bitcoin's; the stable ones hardly move.
RELATIVE_VOLATILITY: Final = {
    "USD": 0.0,
    "EUR": 0.1,
    "USDT": 0.03,
    "BTC": 1.0,
    "ETH": 1.05,
    "SOL": 1.4,
    "XRP": 1.3,
    "ADA": 1.4,
    "LTC": 1.2,
}
_ORDER_MIN: Final = {
    "EUR": 0.5,
    "USDT": 5.0,
    "BTC": 0.00005,
    "ETH": 0.001,
    "SOL": 0.02,
    "XRP": 2.0,
    "ADA": 4.0,
    "LTC": 0.05,
}
_COST_MIN: Final = {"USD": 0.5, "EUR": 0.5, "USDT": 0.5, "BTC": 0.00002, "ETH": 0.0002, "SOL": 0.01}


@dataclass(frozen=True, slots=True)
class SyntheticPairing:
    """One pairing that can be on a synthetic tape; its ticks and lots are powers of ten."""

    symbol: str
    price_decimals: int
    tier: Tier
    lot_decimals: int = 8

    @property
    def base(self) -> str:
        return self.symbol.split("/")[0]

    @property
    def quote(self) -> str:
        return self.symbol.split("/")[1]

    def rules(self) -> PairingRules:
        return PairingRules(
            symbol=self.symbol,
            base=self.base,
            quote=self.quote,
            lot_decimals=self.lot_decimals,
            order_min=_ORDER_MIN[self.base],
            cost_min=_COST_MIN[self.quote],
            taker_fee=TAKER_FEE,
            fee_tiers=TAKER_TIERS,
        )


# In the order in which a tape takes them: any three or more of the first hold a triangle, the
# first ten are every pair of USD, EUR, BTC, ETH and SOL.
PAIRINGS: Final = (
    SyntheticPairing("BTC/USD", 1, "major"),
    SyntheticPairing("ETH/USD", 2, "major"),
    SyntheticPairing("ETH/BTC", 5, "cross"),
    SyntheticPairing("EUR/USD", 5, "major"),
    SyntheticPairing("BTC/EUR", 1, "cross"),
    SyntheticPairing("ETH/EUR", 2, "cross"),
    SyntheticPairing("SOL/USD", 2, "major"),
    SyntheticPairing("SOL/BTC", 7, "minor"),
    SyntheticPairing("SOL/EUR", 2, "minor"),
    SyntheticPairing("SOL/ETH", 6, "minor"),
    SyntheticPairing("USDT/USD", 4, "major"),
    SyntheticPairing("USDT/EUR", 4, "cross"),
    SyntheticPairing("BTC/USDT", 1, "cross"),
    SyntheticPairing("ETH/USDT", 2, "cross"),
    SyntheticPairing("SOL/USDT", 2, "minor"),
    SyntheticPairing("XRP/USD", 5, "major"),
    SyntheticPairing("XRP/EUR", 5, "cross"),
    SyntheticPairing("XRP/BTC", 8, "minor"),
    SyntheticPairing("XRP/ETH", 7, "minor"),
    SyntheticPairing("XRP/USDT", 5, "minor"),
    SyntheticPairing("ADA/USD", 6, "major"),
    SyntheticPairing("ADA/EUR", 6, "cross"),
    SyntheticPairing("ADA/BTC", 8, "minor"),
    SyntheticPairing("ADA/ETH", 7, "minor"),
    SyntheticPairing("ADA/USDT", 6, "minor"),
    SyntheticPairing("LTC/USD", 2, "major"),
    SyntheticPairing("LTC/EUR", 2, "cross"),
    SyntheticPairing("LTC/BTC", 6, "minor"),
    SyntheticPairing("LTC/ETH", 5, "minor"),
    SyntheticPairing("LTC/USDT", 2, "minor"),
)
MIN_PAIRINGS: Final = 3
DEFAULT_PAIRINGS: Final = 10


def pairing_entries(rules: Iterable[PairingRules]) -> list[dict[str, Any]]:
    """Return rules as a pairings file lists them for `load_pairings` and `--pairings`."""
    return [
        {
            "symbol": rule.symbol,
            "base": rule.base,
            "quote": rule.quote,
            "lot_decimals": rule.lot_decimals,
            "order_min": rule.order_min,
            "cost_min": rule.cost_min,
            "taker_fee": rule.taker_fee,
            "fee_tiers": [list(tier) for tier in rule.fee_tiers],
        }
        for rule in rules
    ]
