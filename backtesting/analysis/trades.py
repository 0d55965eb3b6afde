"""The trades of a report as a table: sorted by a column, cut into pages, lines of the few shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from backtesting.engine.kernel import layout

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from backtesting.engine.tables import ReplayTables

STATUSES: Final[Mapping[str, int]] = {
    "executed": layout.EXECUTED,
    "failed": layout.FAILED,
    "missed": layout.MISSED,
}
_STATUS_WORDS: Final = {code: word for word, code in STATUSES.items()}
_NO_LATENCY: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeLine:
    """One line of the table; amounts in quote_asset but for `capital`, in the start asset.

    `latency_ms` from detection to the last leg that was sent; None where none was. `equity` is
    what all trades completed up to this one brought.
    """

    n: int
    time_us: int
    cycle: tuple[str, str, str]
    status: str
    is_unsold: bool
    capital: float
    start_asset: str
    expected_pnl: float
    pnl: float
    shortfall: float
    pnl_share: float | None
    latency_ms: float | None
    fees: float
    equity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TradePage:
    """Some lines of `count`; pages count from 1, and there is always one."""

    lines: tuple[TradeLine, ...]
    count: int
    page: int
    pages: int


def execution_latency_us(tables: ReplayTables) -> NDArray[np.int64]:
    """Return by trade the time from detection to its last leg's arrival; -1 where none was sent."""
    legs = tables.orders[tables.orders["leg"] < layout.CLOSE_OUT]
    latency = np.full(len(tables.trades), _NO_LATENCY, np.int64)
    np.maximum.at(latency, legs["trade"], legs["t"] - tables.trades["t"][legs["trade"]])
    return latency


def expected_pnl(tables: ReplayTables) -> NDArray[np.float64]:
    """Return by trade what the walk at detection promised, at the mark of completion."""
    trades = tables.trades
    expected: NDArray[np.float64] = trades["expected"] * trades["capital"] * trades["mark"]
    return expected


def equity_after(tables: ReplayTables) -> NDArray[np.float64]:
    """Return by trade the equity once it was completed, in order of (completion, n)."""
    order = np.argsort(tables.trades["completed"], kind="stable")
    equity = np.empty(len(order))
    equity[order] = np.cumsum(tables.trades["pnl"][order])
    return equity


def trade_page(
    tables: ReplayTables, *, sort: str, descending: bool, status: str | None, page: int, size: int
) -> TradePage:
    """Return a page of the trades of a status (None: all), sorted by one of SORT_KEYS.

    Ties keep the order of n; a page out of bounds becomes the nearest one.
    """
    column = np.asarray(_COLUMNS[sort](tables), np.float64)
    places = np.arange(len(tables.trades))
    if status is not None:
        places = places[tables.trades["status"] == STATUSES[status]]
    order = np.argsort(-column[places] if descending else column[places], kind="stable")
    places = places[order]
    pages = max(1, -(-len(places) // size))
    page = min(max(1, page), pages)
    shown = places[(page - 1) * size : page * size]
    return TradePage(lines=_lines(tables, shown), count=len(places), page=page, pages=pages)


def _cycle_rank(tables: ReplayTables) -> NDArray[np.int64]:
    """Return by trade where its cycle's name stands in the alphabet."""
    names = np.array([" ".join(cycle) for cycle in tables.cycles] or [""])
    rank: NDArray[np.int64] = np.argsort(np.argsort(names))[tables.trades["cycle"]]
    return rank


_COLUMNS: Final[Mapping[str, Callable[[ReplayTables], NDArray[np.generic]]]] = {
    "n": lambda tables: np.arange(len(tables.trades)),
    "cycle": _cycle_rank,
    "status": lambda tables: tables.trades["status"],
    "capital": lambda tables: tables.trades["capital"] * tables.trades["mark"],
    "expected": expected_pnl,
    "pnl": lambda tables: tables.trades["pnl"],
    "shortfall": lambda tables: expected_pnl(tables) - tables.trades["pnl"],
    "latency": execution_latency_us,
    "fees": lambda tables: tables.trades["fees"],
    "equity": equity_after,
}
SORT_KEYS: Final = tuple(_COLUMNS)


def _lines(tables: ReplayTables, places: NDArray[np.int64]) -> tuple[TradeLine, ...]:
    latency, expected = execution_latency_us(tables), expected_pnl(tables)
    equity = equity_after(tables)
    lines = []
    for place in places.tolist():
        trade = tables.trades[place]
        cycle = tables.cycles[trade["cycle"]]
        worth = float(trade["capital"] * trade["mark"])
        lines.append(
            TradeLine(
                n=place + 1,
                time_us=int(trade["t"]),
                cycle=cycle,
                status=_STATUS_WORDS[int(trade["status"])],
                is_unsold=bool(trade["is_unsold"]),
                capital=float(trade["capital"]),
                start_asset=cycle[0],
                expected_pnl=float(expected[place]),
                pnl=float(trade["pnl"]),
                shortfall=float(expected[place] - trade["pnl"]),
                pnl_share=float(trade["pnl"]) / worth if worth else None,
                latency_ms=int(latency[place]) / 1000 if latency[place] != _NO_LATENCY else None,
                fees=float(trade["fees"]),
                equity=float(equity[place]),
            )
        )
    return tuple(lines)
