"""How the trades of a run ended, as figures of a single trade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backtesting.engine.kernel import layout

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from backtesting.engine.tables import ReplayTables


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeFigures:
    """P&L of trades that were executed or failed, in quote_asset; None where there was none such.

    `profit_factor`: what the gains come to for each unit lost; None where nothing was lost.
    """

    trades: int
    mean: float | None
    best: float | None
    worst: float | None
    gains: int
    mean_gain: float | None
    losses: int
    mean_loss: float | None
    profit_factor: float | None


def trade_figures(tables: ReplayTables) -> TradeFigures:
    """Return what a trade brought, on average and at the ends; what missed leg 1 is left out."""
    pnl = tables.trades["pnl"][tables.trades["status"] != layout.MISSED]
    gains, losses = pnl[pnl > 0], pnl[pnl < 0]
    return TradeFigures(
        trades=len(pnl),
        mean=_mean(pnl),
        best=float(pnl.max()) if len(pnl) else None,
        worst=float(pnl.min()) if len(pnl) else None,
        gains=len(gains),
        mean_gain=_mean(gains),
        losses=len(losses),
        mean_loss=_mean(losses),
        profit_factor=float(gains.sum() / -losses.sum()) if len(losses) else None,
    )


def _mean(values: NDArray[np.float64]) -> float | None:
    return float(values.mean()) if len(values) else None
