"""Counts of what passes on its way into storage: events, levels and times by symbol."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from marketdata.importers.batches import BookBatch


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolCount:
    symbol: str
    events: int
    levels: int
    first_us: int
    last_us: int


class SymbolTally:
    """Counts batches in the order of their source; times in microseconds since 1970."""

    def __init__(self) -> None:
        self._names: Sequence[str] = ()
        self._counts = np.zeros((0, 4), np.int64)  # events, levels, first and last time
        self.events = 0
        self.first_us = 0
        self.last_us = 0

    def add(self, symbols: Sequence[str], batch: BookBatch) -> None:
        """Count one more batch; raise ValueError if its times go back, which no source may do."""
        times = batch.time_us
        if not len(times):
            return
        before = self.last_us if self.events else int(times[0])
        if int(times[0]) < before or bool((times[1:] < times[:-1]).any()):
            raise ValueError("the reader's times go back; events must come in order of time")
        self._grow(symbols)
        self._count(batch)
        self.first_us = self.first_us if self.events else int(times[0])
        self.last_us = int(times[-1])
        self.events += len(times)

    def rows(self) -> list[SymbolCount]:
        """Return one count a symbol that has events, in order of first sight."""
        return [
            SymbolCount(symbol=name, events=events, levels=levels, first_us=first, last_us=last)
            for name, (events, levels, first, last) in zip(
                self._names, self._counts.tolist(), strict=False
            )
            if events
        ]

    def symbols(self) -> list[str]:
        return [row.symbol for row in self.rows()]

    def _grow(self, symbols: Sequence[str]) -> None:
        self._names = symbols
        missing = len(symbols) - len(self._counts)
        self._counts = np.pad(self._counts, ((0, missing), (0, 0)))

    def _count(self, batch: BookBatch) -> None:
        size = len(self._counts)
        index: NDArray[np.int64] = batch.symbol.astype(np.int64)
        levels = batch.bid_count.astype(np.int64) + batch.ask_count
        first, last = np.zeros(size, np.int64), np.zeros(size, np.int64)
        # Of several values for one index the last stays: times rise, so reversed it is the first.
        first[index[::-1]] = batch.time_us[::-1]
        last[index] = batch.time_us
        seen = np.bincount(index, minlength=size)
        new, here = (self._counts[:, 0] == 0) & (seen > 0), seen > 0
        self._counts[:, 0] += seen
        # Doubles count exactly up to 2**53 levels.
        self._counts[:, 1] += np.bincount(index, levels, minlength=size).astype(np.int64)
        self._counts[new, 2] = first[new]
        self._counts[here, 3] = last[here]
