"""Run the product's engine on what the twin takes, and put its report into the twin's form."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from backtesting.engine.config import BacktestConfig
from backtesting.engine.engine import BacktestReplayEngine
from backtesting.engine.events import EventStore, ReplayBookEvent
from backtesting.engine.report import BacktestReport, trade_as_json
from marketdata.books import BookLevel
from pairings.cycles import CurrencyGraph
from pairings.rules import PairingRules
from tests.backtesting.engine.vectors import microseconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.backtesting.engine.twin.market import Event
    from tests.backtesting.engine.twin.pairs import PairingRow

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def event_store(events: Sequence[Event], symbols: Sequence[str] = ()) -> EventStore:
    books = (
        ReplayBookEvent(
            occurred_at=EPOCH + timedelta(microseconds=event["t"]),
            symbol=event["symbol"],
            bids=tuple(BookLevel(*level) for level in event["bids"]),
            asks=tuple(BookLevel(*level) for level in event["asks"]),
        )
        for event in events
    )
    return EventStore.from_events(books, symbols)


def prepare(
    events: Sequence[Event],
    *,
    pairings: Sequence[PairingRow],
    config: dict[str, Any],
    balances: dict[str, float],
) -> BacktestReplayEngine:
    """Return an engine whose universe are the pairings, whether they have events or not."""
    rules = {row["symbol"]: PairingRules(**row) for row in pairings}
    store = event_store(events, list(rules))
    settings = BacktestConfig.from_values(config)
    cycles = CurrencyGraph(rules.values()).cycles(settings.starts)
    return BacktestReplayEngine(settings, store, cycles, balances, rules=rules)


def as_twin(report: BacktestReport) -> dict[str, Any]:
    """Return a report with integer microseconds, trades and episodes in it."""
    values = report.as_json()
    for name in ("started_at", "finished_at"):
        values[name] = values[name] and microseconds(values[name])
    values["trades"] = [_trade(trade_as_json(trade)) for trade in report.trades]
    values["episode_rows"] = [
        {
            "cycle": list(row.cycle),
            "start": (row.start - EPOCH) // timedelta(microseconds=1),
            "end": (row.end - EPOCH) // timedelta(microseconds=1),
            "censored": row.is_censored,
        }
        for row in report.episode_rows
    ]
    return values


def _trade(row: dict[str, Any]) -> dict[str, Any]:
    for name in ("t", "completed"):
        row[name] = microseconds(row[name])
    for order in row["orders"]:
        order["t"] = microseconds(order["t"])
    return row
