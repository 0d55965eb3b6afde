"""Test vectors: a tape, how it is run, and the report it must give, in the twin's form."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.backtesting.engine.twin.market import Event, Levels
    from tests.backtesting.engine.twin.pairs import PairingRow

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TIMES = ("t", "completed", "started_at", "finished_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """`report` and `trades` are what a replay must give, times in integer microseconds."""

    events: list[Event]
    pairings: list[PairingRow]
    config: dict[str, Any]
    balances: dict[str, float]
    report: dict[str, Any]
    trades: list[dict[str, Any]]


def load_vector(folder: Path) -> Vector:
    run = json.loads((folder / "run.json").read_text())
    return Vector(
        events=[_event(line) for line in _json_lines(folder / "events.jsonl")],
        pairings=run["pairings"],
        config=run["config"],
        balances=run["balances"],
        report=_with_microseconds(json.loads((folder / "report.json").read_text())),
        trades=[_trade(row) for row in _json_lines(folder / "trades.jsonl")],
    )


def microseconds(text: str) -> int:
    """Return an ISO 8601 time with a zone as microseconds since 1970-01-01 UTC."""
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def _json_lines(path: Path) -> Iterator[dict[str, Any]]:
    return map(json.loads, path.read_text().splitlines())


def _event(line: dict[str, Any]) -> Event:
    return {
        "t": microseconds(line["occurred_at"]),
        "symbol": line["symbol"],
        "bids": _levels(line["bids"]),
        "asks": _levels(line["asks"]),
    }


def _levels(pairs: list[list[str]]) -> Levels:
    return [(float(price), float(quantity)) for price, quantity in pairs]


def _trade(row: dict[str, Any]) -> dict[str, Any]:
    orders = [_with_microseconds(order) for order in row["orders"]]
    return _with_microseconds(row) | {"orders": orders}


def _with_microseconds(row: dict[str, Any]) -> dict[str, Any]:
    return row | {key: microseconds(row[key]) for key in TIMES if row.get(key) is not None}
