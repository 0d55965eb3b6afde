"""Rows of a report: sequences over the kernel's tables, objects only where somebody asks.

A long replay leaves hundreds of thousands of orders; a page shows twenty.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar, overload

import numpy as np

from backtesting.engine.kernel import layout
from backtesting.engine.report import EpisodeRow, OrderRow, TradeRow
from marketdata.moments import from_us

if TYPE_CHECKING:
    from backtesting.engine.tables import ReplayTables

_STATUS = {layout.MISSED: "missed", layout.FAILED: "failed", layout.EXECUTED: "executed"}
_SIDE = {layout.BUY: "buy", layout.SELL: "sell"}
_LEG: dict[int, int | str] = {
    1: 1,
    2: 2,
    3: 3,
    layout.CLOSE_OUT: "close-out",
    layout.CONVERSION: "conversion",
}

Row = TypeVar("Row")


class _Rows(Sequence[Row]):
    """A sequence that makes each row when it is asked for."""

    __slots__ = ()

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Row, ...]: ...
    def __getitem__(self, at: int | slice) -> Row | tuple[Row, ...]:
        places = range(len(self))
        if isinstance(at, slice):
            return tuple(self._row(place) for place in places[at])
        return self._row(places[at])

    def _row(self, at: int) -> Row:
        raise NotImplementedError


class TradeRows(_Rows[TradeRow]):
    """The trades of a replay in order of n, each with its orders."""

    __slots__ = ("_cycles", "_first_order", "_orders", "_symbols", "_trades")

    def __init__(self, tables: ReplayTables) -> None:
        self._cycles = tables.cycles
        self._symbols = tables.symbols
        self._trades, orders = tables.trades, tables.orders
        # A stable sort keeps a trade's orders in the order in which they were worked off.
        self._orders = orders[np.argsort(orders["trade"], kind="stable")]
        self._first_order = np.searchsorted(self._orders["trade"], np.arange(len(self) + 1))

    def __len__(self) -> int:
        return len(self._trades)

    def _row(self, at: int) -> TradeRow:
        trade = self._trades[at]
        orders = self._orders[self._first_order[at] : self._first_order[at + 1]]
        return TradeRow(
            n=at + 1,
            t=from_us(int(trade["t"])),
            cycle=self._cycles[trade["cycle"]],
            status=_STATUS[int(trade["status"])],
            capital=float(trade["capital"]),
            expected=float(trade["expected"]),
            pnl=float(trade["pnl"]),
            completed=from_us(int(trade["completed"])),
            fees=float(trade["fees"]),
            residual_value=float(trade["residual"]),
            unsold_value=float(trade["unsold"]),
            orders=tuple(self._order(order) for order in orders),
        )

    def _order(self, order: np.void) -> OrderRow:
        is_leg = order["leg"] < layout.CLOSE_OUT
        return OrderRow(
            leg=_LEG[int(order["leg"])],
            symbol=self._symbols[order["symbol"]],
            side=_SIDE[int(order["side"])],
            t=from_us(int(order["t"])),
            ordered=float(order["ordered"]) if is_leg else None,
            filled=float(order["filled"]),
            money=float(order["money"]),
            fee=float(order["fee"]),
            ratio=float(order["ratio"]) if is_leg else None,
        )


class EpisodeRows(_Rows[EpisodeRow]):
    """The episodes of a replay in the order in which they ended."""

    __slots__ = ("_cycles", "_episodes")

    def __init__(self, tables: ReplayTables) -> None:
        self._cycles = tables.cycles
        self._episodes = tables.episodes

    def __len__(self) -> int:
        return len(self._episodes)

    def _row(self, at: int) -> EpisodeRow:
        row = self._episodes[at]
        return EpisodeRow(
            cycle=self._cycles[row["cycle"]],
            start=from_us(int(row["start"])),
            end=from_us(int(row["end"])),
            is_censored=bool(row["censored"]),
        )
