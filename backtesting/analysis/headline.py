"""The figures above a report that need more than the report's own words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from backtesting.analysis.parameters import starting_balances

if TYPE_CHECKING:
    from collections.abc import Mapping

OTHER_MODEL: Final[Mapping[str, str]] = {"modeled": "replayed", "replayed": "modeled"}
# The one word of a report for where its fees are from, in a trader's words.
FEE_WORDS: Final[Mapping[str, str]] = {
    "account": "the account's own rates",
    "schedule": "the pairings' listed rates",
    "flat": "one rate for all",
    "zero": "none was charged",
    "mixed": "from several sources, listed below",
}
_LEAST_DIGITS, _MOST_DIGITS = 2, 8
_SIGNIFICANT: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """P&L and drawdown as shares of the quote asset held at the start; None where that is 0.

    `others` are assets held at the start whose worth is not in `start`; `fees` says whose rates
    were charged.
    """

    asset: str
    start: float
    others: tuple[str, ...]
    pnl_share: float | None
    drawdown_share: float | None
    fees: str


def headline(request: Mapping[str, Any], report: Mapping[str, Any]) -> Headline:
    """Return P&L and drawdown in proportion to the starting balance."""
    asset = str(report["config"]["quote_asset"])
    held = starting_balances(request, report["config"])
    start = held.get(asset, 0.0)
    return Headline(
        asset=asset,
        start=start,
        others=tuple(name for name, amount in held.items() if name != asset and amount),
        pnl_share=report["realized_pnl_usd"] / start if start else None,
        drawdown_share=report["max_drawdown_usd"] / start if start else None,
        fees=FEE_WORDS.get(report["fee_source"], str(report["fee_source"])),
    )


def optimism_gap(pnl: float, fill_model: str, other_pnl: float) -> float:
    """Return by how much the modeled fills promise more than the replayed ones."""
    return pnl - other_pnl if fill_model == "modeled" else other_pnl - pnl


def shown_digits(*amounts: float) -> int:
    """Return with how many decimals such amounts are told apart: 2 for hundreds, 8 for satoshi."""
    most = max((abs(amount) for amount in amounts), default=0.0)
    if not most:
        return _LEAST_DIGITS
    return min(_MOST_DIGITS, max(_LEAST_DIGITS, _SIGNIFICANT - math.floor(math.log10(most))))
