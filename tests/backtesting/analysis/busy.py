"""A replay with many trades of every kind, made once for the tests that read its tables."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from backtesting.engine.config import BacktestConfig
from backtesting.engine.engine import BacktestReplayEngine
from backtesting.engine.events import EventStore
from marketdata.synthetic import make_recording
from pairings.cycles import CurrencyGraph

if TYPE_CHECKING:
    from backtesting.engine.report import BacktestReport


@cache
def busy_report() -> BacktestReport:
    tape = make_recording("stress", 30_000, 3)
    rules = {row.symbol: row for row in tape.pairings}
    config = BacktestConfig(fill_model="replayed", max_concurrent_trades=2)
    store = EventStore(columns=tape.columns())
    cycles = CurrencyGraph(rules.values()).cycles(config.starts)
    return BacktestReplayEngine(config, store, cycles, rules=rules).run()
