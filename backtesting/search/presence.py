"""Whether a sweep's universes have events at all, and in every window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from backtesting.search.grid import SweepError
from marketdata.columns import SYMBOL_MASK
from marketdata.moments import from_us

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from backtesting.engine.events import EventStore
    from backtesting.search.grid import Universe


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """By window its first time, in microseconds, and the symbols that have an event in it."""

    begins_us: tuple[int, ...]
    symbols: tuple[frozenset[str], ...]

    @classmethod
    def of(cls, events: EventStore, windows: Sequence[slice]) -> Self:
        """Return who is present in these windows, none of which is empty."""
        times = events.columns.time_us
        return cls(
            begins_us=tuple(int(times[window.start]) for window in windows),
            symbols=tuple(_symbols(events, window) for window in windows),
        )

    def check_named(self, universes: Iterable[Universe | None]) -> None:
        """Raise SweepError for a universe that names a symbol without any event.

        Symbols that nobody named one by one, such as all enabled pairings, may have none.
        """
        seen = frozenset[str]().union(*self.symbols)
        for universe in filter(None, universes):
            if unknown := sorted(set(universe) - seen):
                raise SweepError(
                    f"the universe {','.join(universe)} names {unknown[0]}, of which there is no "
                    f"event; there are {', '.join(sorted(seen))}"
                )

    def check_windows(self, universes: Iterable[frozenset[str]]) -> None:
        """Raise SweepError for a universe without any event in one of the windows."""
        for universe in universes:
            for begin_us, symbols in zip(self.begins_us, self.symbols, strict=True):
                if not universe & symbols:
                    raise SweepError(
                        f"the universe {','.join(sorted(universe))} has no event in the window "
                        f"from {from_us(begin_us).isoformat()}; choose another train ratio, fewer "
                        f"folds or a longer recording"
                    )


def _symbols(events: EventStore, window: slice) -> frozenset[str]:
    columns = events.columns
    counts = np.bincount(columns.symbol[window] & SYMBOL_MASK, minlength=len(columns.symbols))
    return frozenset(symbol for symbol, count in zip(columns.symbols, counts, strict=True) if count)
