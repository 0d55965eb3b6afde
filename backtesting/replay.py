"""A front door: what a replay is made of, under the design's names.

Events come from a file or the database as an `EventStore`; `BacktestReplayEngine` replays them
over cycles under a `BacktestConfig` and gives a `BacktestReport`. `ReplayClock` is the time it
sees, `_SimulatedRestClient` the same exchange an order at a time. The rules of it all stand in
`backtesting/engine/MODEL.md`.
"""

from __future__ import annotations

from backtesting.engine.clock import ReplayClock
from backtesting.engine.config import BacktestConfig, ConfigError
from backtesting.engine.engine import BacktestReplayEngine
from backtesting.engine.events import EventStore, ReplayBookEvent
from backtesting.engine.exchange import SimulatedExchange as _SimulatedRestClient
from backtesting.engine.fees import AccountRates, FeeError
from backtesting.engine.report import BacktestReport, ReplayError, TradeRow, trade_as_json
from backtesting.loading import load_replay_events, load_replay_events_from_db

__all__ = [
    "AccountRates",
    "BacktestConfig",
    "BacktestReplayEngine",
    "BacktestReport",
    "ConfigError",
    "EventStore",
    "FeeError",
    "ReplayBookEvent",
    "ReplayClock",
    "ReplayError",
    "TradeRow",
    "_SimulatedRestClient",
    "load_replay_events",
    "load_replay_events_from_db",
    "trade_as_json",
]
