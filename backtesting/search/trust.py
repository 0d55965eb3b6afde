"""How far one set's figures can be trusted: bounds, neighbors, and what its P&L hangs on."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from backtesting.search.bounds import wilson_bounds

if TYPE_CHECKING:
    import numpy as np

Bounds = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What of a set's test window can be relied on; each None: there was nothing to measure.

    `pnl_bounds` of the mean P&L a trade and `win_rate_bounds`, each bound passed with probability
    5 %. `best_five_share` and `best_cycle_share` of the P&L, where that is above 0. Bounds of P&L
    and the shares are measured for `promotion_ready` sets only. Of `neighbors` in the grid
    `agreeing` are `promotion_ready`.
    """

    trades: int
    buckets: int
    pnl_bounds: Bounds | None
    win_rate_bounds: Bounds | None
    sharpe: float | None
    deflated_sharpe: float | None
    best_five_share: float | None
    best_cycle_share: float | None
    neighbors: int
    agreeing: int

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        values = asdict(self)
        for name in ("pnl_bounds", "win_rate_bounds"):
            values[name] = None if values[name] is None else list(values[name])
        return values


def trust_in(
    test: np.void,
    trades: np.void,
    *,
    buckets: int,
    ratios: tuple[float, float],
    neighbors: tuple[int, int],
) -> Trust:
    """Return the trust in a set from its test window (SUMMARY), its trades (TRADES) and its grid.

    `ratios`: Sharpe and deflated; `neighbors`: how many there are and how many agree.
    """
    finished = int(test["executed"] + test["failed"])
    wins = round(float(test["win_rate"]) * finished) if finished else 0
    low, high = float(trades["low"]), float(trades["high"])
    return Trust(
        trades=finished,
        buckets=buckets,
        pnl_bounds=None if math.isnan(low) else (low, high),
        win_rate_bounds=wilson_bounds(wins, finished),
        sharpe=_measured(ratios[0]),
        deflated_sharpe=_measured(ratios[1]),
        best_five_share=_measured(trades["best_five_share"]),
        best_cycle_share=_measured(trades["best_cycle_share"]),
        neighbors=neighbors[0],
        agreeing=neighbors[1],
    )


def _measured(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
