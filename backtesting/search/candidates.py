"""One scan for many parameter sets: the candidates of a window, and the window's rows by symbol.

Pure: columns in, tables out. See `engine/kernel/candidates.py` for what a candidate is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from backtesting.engine.kernel import layout
from backtesting.engine.kernel.candidates import collect
from backtesting.engine.kernel.places import Places
from backtesting.engine.plan import Plan, build_run, most_looks, unrolled
from marketdata.columns import SYMBOL_MASK

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from marketdata.columns import BookColumns

# Work between two calls of the callback, in events of the hot loop: a few milliseconds.
_STRIDE = 1 << 18
_FIRST_ROOM = 1 << 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SweepWindow:
    """A window's events, N rows of S symbols, and where each symbol's are.

    `rows` int32 (N,) has the rows of symbol s at `first[s]` to `first[s + 1]`, in order of time;
    `place` int32 (N,) is its inverse: where in `rows` a row stands.
    """

    columns: BookColumns
    rows: NDArray[np.int32]
    place: NDArray[np.int32]
    first: NDArray[np.int64]

    @classmethod
    def of(cls, columns: BookColumns) -> SweepWindow:
        """Return the window of all these events."""
        symbol = columns.symbol & SYMBOL_MASK
        rows = np.argsort(symbol, kind="stable").astype(np.int32)
        place = np.empty(len(rows), np.int32)
        place[rows] = np.arange(len(rows), dtype=np.int32)
        counts = np.bincount(symbol, minlength=len(columns.symbols))
        first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return cls(columns=columns, rows=rows, place=place, first=first)

    def count(self, symbols: frozenset[str]) -> int:
        """Return how many events the window has of these symbols."""
        return sum(stop - start for start, stop in self._ranges(symbols))

    def span(self, symbols: frozenset[str]) -> tuple[int, int]:
        """Return the times of the first and the last event of these symbols, in microseconds."""
        times = self.columns.time_us
        ranges = [span for span in self._ranges(symbols) if span[0] < span[1]]
        begin = min(int(times[self.rows[start]]) for start, _ in ranges)
        return begin, max(int(times[self.rows[stop - 1]]) for _, stop in ranges)

    def silent(self, symbols: frozenset[str]) -> tuple[str, ...]:
        """Return those of the symbols that have no event here, sorted."""
        counts = dict(zip(self.columns.symbols, np.diff(self.first).tolist(), strict=True))
        return tuple(sorted(symbol for symbol in symbols if not counts[symbol]))

    def _ranges(self, symbols: frozenset[str]) -> list[tuple[int, int]]:
        return [
            (int(self.first[at]), int(self.first[at + 1]))
            for at, symbol in enumerate(self.columns.symbols)
            if symbol in symbols
        ]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidates:
    """What one scan found for one plan: `rows` (CANDIDATE), and `counts` (TOTALS) of all looks."""

    plan: Plan
    window: SweepWindow
    rows: NDArray[np.void]
    counts: NDArray[np.void]

    def places(self, marks: NDArray[np.int64]) -> Places:
        """Return fresh places over the window, for one thread."""
        window = self.window
        symbols = self.plan.universe or frozenset(window.columns.symbols)
        return Places(
            rows=window.rows,
            first=window.first,
            at=window.first[:-1] - 1,
            marks=marks,
            end=np.array([window.span(symbols)[1]], np.int64),
        )


def find_candidates(
    window: SweepWindow, plan: Plan, progress: Callable[[int], None] | None = None
) -> Candidates:
    """Return every look of the window that pays at the plan's threshold.

    `progress` is called every few milliseconds with the events done since; what it raises ends
    the scan.
    """
    run, stop = build_run(plan, room=1), len(plan.columns)
    width = unrolled(run)
    stride = max(1, _STRIDE // max(4, most_looks(run)))
    found = np.zeros(_FIRST_ROOM + len(run.cycles), layout.CANDIDATE)
    row = 0
    while row < stop:
        before = row
        row = collect(run, found, width, row, stop, stride)
        if int(run.totals["opportunities"][0]) + len(run.cycles) > len(found):
            found = np.concatenate([found, np.zeros_like(found)])
        plan.columns.let_go()
        if progress:
            progress(row - before)
    counts = run.totals.copy()
    rows = found[: int(counts["opportunities"][0])].copy()
    rows["book"] = window.place[rows["book"]]
    counts["opportunities"] = counts["ticks"] = 0
    return Candidates(plan=plan, window=window, rows=rows, counts=counts)
