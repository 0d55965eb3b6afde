"""Events for whoever wants objects: a sequence over columns (the standard, section 1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, overload

import numpy as np

from marketdata.books import BookLevel, book_fault, symbol_fault
from marketdata.columns import SYMBOL_MASK, BookColumns, build_columns
from marketdata.moments import from_us, to_us

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class ReplayBookEvent:
    """One whole book of one symbol at one time; levels best first."""

    occurred_at: datetime
    symbol: str
    bids: tuple[BookLevel, ...]
    asks: tuple[BookLevel, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EventStore(Sequence[ReplayBookEvent]):
    """Events in replay order: columns underneath, objects only where asked for.

    `rejected_events` counts the invalid entries of the source; `recordings` and `fingerprint` name
    it; `is_synthetic` says that its books were made, not recorded.
    """

    columns: BookColumns
    rejected_events: int = 0
    recordings: tuple[str, ...] = ()
    is_synthetic: bool = False
    fingerprint: str = ""

    @classmethod
    def from_events(
        cls, events: Iterable[ReplayBookEvent], symbols: Iterable[str] = ()
    ) -> EventStore:
        """Return a store of events that are already in replay order.

        `symbols` are part of the universe though they may have no event. Raises ValueError for an
        invalid event, by its number, and for one out of order.
        """
        rows = list(events)
        for number, row in enumerate(rows, 1):
            _check(number, row)
        symbols = sorted({row.symbol for row in rows} | set(symbols))
        index = {symbol: at for at, symbol in enumerate(symbols)}
        levels = [level for row in rows for side in (row.bids, row.asks) for level in side]
        time_us = np.array([to_us(row.occurred_at) for row in rows], np.int64)
        if np.any(np.diff(time_us) < 0):
            number = int(np.argmax(np.diff(time_us) < 0)) + 2
            raise ValueError(
                f"event {number} lies before the one before it; sort events by occurred_at"
            )
        columns = build_columns(
            symbols=symbols,
            time_us=time_us,
            symbol=np.array([index[row.symbol] for row in rows], np.uint16),
            bid_count=np.array([len(row.bids) for row in rows], np.uint16),
            ask_count=np.array([len(row.asks) for row in rows], np.uint16),
            levels=np.array(levels, np.float64).reshape(-1, 2),
        )
        return cls(columns=columns)

    @property
    def symbols(self) -> tuple[str, ...]:
        return self.columns.symbols

    def __len__(self) -> int:
        return len(self.columns)

    @overload
    def __getitem__(self, at: int) -> ReplayBookEvent: ...
    @overload
    def __getitem__(self, at: slice) -> EventStore: ...
    def __getitem__(self, at: int | slice) -> ReplayBookEvent | EventStore:
        if isinstance(at, slice):
            return replace(self, columns=self.columns[at])
        return self._event(range(len(self))[at])

    def _event(self, row: int) -> ReplayBookEvent:
        columns = self.columns
        start, stop = int(columns.depth_start[row]), int(columns.depth_start[row + 1])
        middle = start + int(columns.bid_count[row])
        return ReplayBookEvent(
            occurred_at=from_us(int(columns.time_us[row])),
            symbol=columns.symbols[int(columns.symbol[row] & SYMBOL_MASK)],
            bids=tuple(BookLevel(*level) for level in columns.levels[start:middle].tolist()),
            asks=tuple(BookLevel(*level) for level in columns.levels[middle:stop].tolist()),
        )


def _check(number: int, event: ReplayBookEvent) -> None:
    """Raise ValueError for an event that no importer would store either."""
    if event.occurred_at.tzinfo is None:
        raise ValueError(f"event {number} is at {event.occurred_at}, without a zone; add one")
    fault = symbol_fault(event.symbol) or book_fault(event.bids, event.asks)
    if fault:
        raise ValueError(f"event {number} is invalid, {fault.code}: {fault.detail}")
