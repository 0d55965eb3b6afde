"""Where the opportunities went: from looks down to executed trades, each step in numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backtesting.analysis.parameters import WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Each miss reason in a trader's words, in the order of the gates.
MISS_WORDS: Mapping[str, str] = {
    "stale_book": "a book was too old",
    "not_rearmed": "the same edge, traded before",
    "max_concurrent_trades": "too many trades in flight",
    "no_mark": "no mark for the start asset",
    "insufficient_balance": "balance too small",
    "insufficient_depth": "not enough depth",
    "below_min_order_size": "below a minimum",
    "edge_eroded": "edge gone at this size",
}
# What opens a gate, by miss reason: parameters, and what else a run is given.
GATE_PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "stale_book": ("staleness_threshold_ms",),
    "not_rearmed": ("reentry",),
    "max_concurrent_trades": ("max_concurrent_trades",),
    "no_mark": ("start_assets", "symbols"),
    "insufficient_balance": ("balances", "trade_capital"),
    "insufficient_depth": ("max_depth_levels", "trade_capital"),
    "below_min_order_size": ("trade_capital", "min_order_size_by_pair"),
    "edge_eroded": ("trade_capital", "min_profit_threshold"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the waterfall: what is left here, and what was lost since the line above.

    `bar` is the length of its bar in per cent, by the logarithm: executed trades can be told
    beside millions of looks.
    """

    key: str
    words: str
    count: int
    lost: int
    is_loss: bool = False
    bar: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """Opportunities that failed a gate; `share` of all opportunities."""

    reason: str
    words: str
    count: int
    share: float
    parameters: str


def waterfall(report: Mapping[str, Any]) -> tuple[Step, ...]:
    """Return the steps of a stored report: looks, gross, net, opportunities, gates, trades."""
    funnel = (
        ("looks", "looks at a cycle"),
        ("gross_positive", "with a gross edge, before fees"),
        ("net_positive", "with a net edge, after fees"),
        ("opportunities_seen", "over the threshold: opportunities"),
    )
    most = above = int(report["looks"])
    steps = []
    for key, words in funnel:
        count = int(report[key])
        steps.append(_step(key, words, count, above - count, most))
        above = count
    left = above
    for reason, words in MISS_WORDS.items():
        missed = int(report["miss_reasons"].get(reason, 0))
        if missed:
            left -= missed
            steps.append(_step(reason, words, left, missed, most, is_loss=True))
    for key, words in (
        ("trades_missed", "trades that missed leg 1"),
        ("trades_failed", "trades that failed at leg 2 or 3"),
    ):
        lost = int(report[key])
        left -= lost
        steps.append(_step(key, words, left, lost, most, is_loss=True))
    executed = int(report["trades_executed"])
    steps.append(_step("trades_executed", "executed", executed, 0, most))
    return tuple(steps)


def misses(report: Mapping[str, Any]) -> tuple[Miss, ...]:
    """Return the miss reasons that occurred, the commonest first."""
    seen = int(report["opportunities_seen"])
    found = [
        Miss(
            reason=reason,
            words=MISS_WORDS.get(reason, reason),
            count=int(count),
            share=int(count) / seen,
            parameters=", ".join(map(_in_words, GATE_PARAMETERS.get(reason, ()))),
        )
        for reason, count in report["miss_reasons"].items()
        if count
    ]
    return tuple(sorted(found, key=lambda miss: -miss.count))


def where_it_ended(steps: Sequence[Step]) -> str:
    """Return in words which step let nothing through; empty where something was executed."""
    if steps[-1].count:
        return ""
    last = next(at for at, step in enumerate(steps) if not step.count)
    if last == 0:
        return "No cycle was ever looked at: some book of each never came."
    above, step = steps[last - 1], steps[last]
    if step.is_loss:
        return f"The last {step.lost:,} were lost here: {step.words}."
    return f"{above.count:,} came as far as \u201c{above.words}\u201d, none of them further."


def _in_words(parameter: str) -> str:
    return WORDS.get(parameter, parameter).lower()


def _step(key: str, words: str, count: int, lost: int, most: int, *, is_loss: bool = False) -> Step:
    bar = 100.0 * math.log1p(count) / math.log1p(most) if most else 0.0
    return Step(key=key, words=words, count=count, lost=lost, is_loss=is_loss, bar=round(bar, 2))
