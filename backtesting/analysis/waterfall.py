"""Where the opportunities went: from looks down to executed trades, each step in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the waterfall: what is left here, and what was lost since the line above."""

    key: str
    words: str
    count: int
    lost: int
    is_loss: bool = False


def waterfall(report: Mapping[str, Any]) -> tuple[Step, ...]:
    """Return the steps of a stored report: looks, gross, net, opportunities, gates, trades."""
    funnel = (
        ("looks", "looks at a cycle"),
        ("gross_positive", "with a gross edge, before fees"),
        ("net_positive", "with a net edge, after fees"),
        ("opportunities_seen", "over the threshold: opportunities"),
    )
    steps = []
    above = int(report["looks"])
    for key, words in funnel:
        count = int(report[key])
        steps.append(Step(key=key, words=words, count=count, lost=above - count))
        above = count
    left = above
    for reason, words in MISS_WORDS.items():
        missed = int(report["miss_reasons"].get(reason, 0))
        if missed:
            left -= missed
            steps.append(Step(key=reason, words=words, count=left, lost=missed, is_loss=True))
    for key, words in (
        ("trades_missed", "trades that missed leg 1"),
        ("trades_failed", "trades that failed at leg 2 or 3"),
    ):
        lost = int(report[key])
        left -= lost
        steps.append(Step(key=key, words=words, count=left, lost=lost, is_loss=True))
    executed = int(report["trades_executed"])
    steps.append(Step(key="trades_executed", words="executed", count=executed, lost=0))
    return tuple(steps)
