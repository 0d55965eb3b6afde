"""Rows of figures, markets and sweeps in a line each, for the tests of the search."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from backtesting.engine.config import BacktestConfig
from backtesting.engine.kernel.layout import SUMMARY
from backtesting.sweep import (
    SearchOptions,
    SweepAxes,
    SweepInputs,
    SweepPlan,
    build_parameter_grid,
)
from pairings.rules import PairingRules
from tests.backtesting.engine.running import event_store
from tests.tapes import MS, triangle

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.backtesting.engine.twin.market import Event

SYMBOLS = ("BTC/USD", "ETH/BTC", "ETH/USD")
FREE = BacktestConfig(fee_profile="zero", fill_model="replayed", execution_latency_ms=20.0)
NOTHING = float("nan")


def summaries(*rows: dict[str, float]) -> NDArray[np.void]:
    """Return rows of SUMMARY; what a row does not name is good enough for every gate."""
    good = {"pnl": 1.0, "win_rate": 1.0, "fill_rate": 1.0, "drawdown": 0.0, "executed": 100}
    table = np.zeros(len(rows), SUMMARY)
    for at, row in enumerate(rows):
        for name, value in (good | row).items():
            table[name][at] = value
    return table


def edges(times: int, *, every_ms: int = 1000, lasts_ms: int = 500) -> list[Event]:
    """Return a triangle whose ETH/USD is bid 1.33 % too high so many times, and flat between."""
    events = []
    for at in range(times):
        events += triangle(at * every_ms * MS, eth_usd=(3040.0, 3040.5))
        events += triangle((at * every_ms + lasts_ms) * MS)
    return events


def plan(
    events: list[Event],
    options: SearchOptions | None = None,
    base: BacktestConfig = FREE,
    **axes: Any,
) -> SweepPlan:
    """Return the plan of a sweep over a hand-made market; `axes` by name."""
    values = SweepAxes.of(base)
    further = {name: axes.pop(name) for name in list(axes) if not hasattr(values, name)}
    asked = replace(values, **axes, further=further)
    rules = {symbol: PairingRules.from_symbol(symbol) for symbol in SYMBOLS}
    return SweepPlan.of(
        replace(event_store(events, SYMBOLS), fingerprint="hand-made"),
        asked,
        build_parameter_grid(asked, base),
        SweepInputs(base=base, rules=rules),
        options or SearchOptions(),
    )
