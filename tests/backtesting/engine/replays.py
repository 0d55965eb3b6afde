"""Replays of hand-made tapes in a line: events in, the engine's report out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backtesting.engine.config import BacktestConfig
from backtesting.engine.exchange import SimulatedExchange
from pairings.rules import PairingRules
from tests.backtesting.engine.running import event_store, prepare
from tests.tapes import pairing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from backtesting.engine.engine import BacktestReplayEngine
    from backtesting.engine.report import BacktestReport, TradeRow
    from tests.backtesting.engine.twin.market import Event
    from tests.backtesting.engine.twin.pairs import PairingRow

# What names data or run time, not what a replay found.
NAMES_OF_DATA = ("recordings", "data_fingerprint", "is_synthetic")


def engine(
    events: Sequence[Event],
    *,
    pairings: Sequence[PairingRow] | None = None,
    balances: dict[str, float] | None = None,
    **config: Any,
) -> BacktestReplayEngine:
    """Return an engine over the events' symbols, without fees unless pairings say otherwise."""
    symbols = sorted({event["symbol"] for event in events})
    rules = [pairing(symbol, fee=0.0) for symbol in symbols] if pairings is None else pairings
    held = {config.get("quote_asset", "USD"): 1000.0} if balances is None else balances
    return prepare(events, pairings=rules, config=config, balances=held)


def replay(events: Sequence[Event], **options: Any) -> BacktestReport:
    return engine(events, **options).run()


def exchange(
    events: Sequence[Event],
    *,
    pairings: Sequence[PairingRow] | None = None,
    balances: dict[str, float] | None = None,
    **config: Any,
) -> SimulatedExchange:
    """Return the exchange over the same, an order at a time."""
    store = event_store(events)
    rows = [pairing(symbol, fee=0.0) for symbol in store.symbols] if pairings is None else pairings
    rules = {row["symbol"]: PairingRules(**row) for row in rows}
    return SimulatedExchange(BacktestConfig.from_values(config), store, balances, rules=rules)


def fills(trade: TradeRow) -> list[tuple[int | str, float, float, float]]:
    """Return (leg, filled, money, fee) of a trade's orders."""
    return [(order.leg, order.filled, order.money, order.fee) for order in trade.orders]


def figures(report: BacktestReport, leave_out: Iterable[str] = NAMES_OF_DATA) -> dict[str, Any]:
    """Return all of a report, its trades and episodes too, but for some names."""
    values = report.as_json() | {"trades": list(report.trades), "episodes": report.episode_rows[:]}
    return {name: value for name, value in values.items() if name not in set(leave_out)}
