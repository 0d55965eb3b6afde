"""Compile the engine before there is work: on a new machine that takes half a minute, once."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from backtesting.engine.config import BacktestConfig
from backtesting.engine.engine import BacktestReplayEngine
from backtesting.engine.events import EventStore
from marketdata.columns import build_columns
from pairings.cycles import CurrencyGraph
from pairings.rules import PairingRules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from marketdata.columns import BookColumns

# Assets, each traded against each. The loop is compiled for the triangles of a symbol: for one, for
# the three of the demo's market, and once for all markets with many.
_SIZES = (3, 5, 9)
_CONFIG = BacktestConfig(fee_profile="zero", quote_asset="USD")


def compile_engine() -> None:
    """Have the code for the usual markets compiled and loaded, by replaying tiny ones."""
    for assets in _SIZES:
        _engine(assets).run()


def _engine(assets: int) -> BacktestReplayEngine:
    """Return the engine for so many assets, with one book of each symbol."""
    names = ["USD", *(f"A{number}" for number in range(1, assets))]
    symbols = [f"{base}/{quote}" for quote, base in combinations(names, 2)]
    columns = _columns(symbols)
    rules = {symbol: PairingRules.from_symbol(symbol) for symbol in symbols}
    cycles = CurrencyGraph(rules.values()).cycles(_CONFIG.starts)
    return BacktestReplayEngine(_CONFIG, EventStore(columns=columns), cycles, rules=rules)


def _columns(symbols: Sequence[str]) -> BookColumns:
    count = len(symbols)
    return build_columns(
        symbols=symbols,
        time_us=np.arange(count),
        symbol=np.arange(count),
        bid_count=np.ones(count, np.int64),
        ask_count=np.ones(count, np.int64),
        levels=np.tile([[1.0, 1.0], [1.5, 1.0]], (count, 1)),
    )
