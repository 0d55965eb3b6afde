"""The search itself: every set over every window, each group of sets on one scan.

A set's figures do not depend on which others are searched with it, nor on how the work is cut:
whoever has the events can search any part of the grid, and parts are put together by index.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from backtesting.engine.kernel import layout
from backtesting.search.candidates import SweepWindow, find_candidates
from backtesting.search.replaying import SetFigures, replay_sets

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from backtesting.engine.events import EventStore
    from backtesting.search.groups import SweepGroup, SweepInputs

    Progress = Callable[[int, int], None]

# Time buckets over the whole span of a sweep (the standard, section 10).
BUCKETS = 240


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WindowResult:
    """A window's figures: a row a set of the part searched, in order of `indexes`."""

    window: SweepWindow
    figures: SetFigures


@dataclass(slots=True, kw_only=True, eq=False)
class PrunedSearch:
    """Searches groups of sets over the windows of a split, or of several.

    `windows` are slices of the events' rows; `span` is cut into time buckets.
    """

    events: EventStore
    inputs: SweepInputs
    windows: Sequence[slice]
    span: tuple[int, int]
    threads: int = 1
    _indexed: dict[int, SweepWindow] = field(default_factory=dict)

    def window(self, at: int) -> SweepWindow:
        """Return a window with its rows by symbol, which are found once."""
        if at not in self._indexed:
            self._indexed[at] = SweepWindow.of(self.events.columns[self.windows[at]])
        return self._indexed[at]

    def run(
        self, groups: Sequence[SweepGroup], progress: Progress | None = None
    ) -> list[SetFigures]:
        """Return by window the figures of all sets of the groups, a row each, as they stand there.

        `progress` is called with the sets done and in all, over all windows, at least every
        100 ms; what it raises ends the search.
        """
        count = sum(len(group.indexes) for group in groups)
        ticker = _Ticker(progress, count * len(self.windows))
        found = [_empty(count, self._assets(groups)) for _ in self.windows]
        for at in range(len(self.windows)):
            first = 0
            for group in groups:
                figures = self._search(group, self.window(at), ticker)
                stop = first + len(group.indexes)
                found[at].summaries[first:stop] = figures.summaries
                found[at].ending[first:stop] = figures.ending
                found[at].buckets[first:stop] = figures.buckets
                first = stop
        return found

    def _search(self, group: SweepGroup, window: SweepWindow, ticker: _Ticker) -> SetFigures:
        plan = group.plan(window.columns, self.inputs.rules)
        candidates = find_candidates(window, plan, ticker.looked)
        return replay_sets(
            candidates,
            group.configs,
            self.span,
            BUCKETS,
            threads=self.threads,
            progress=ticker.replayed,
        )

    def _assets(self, groups: Sequence[SweepGroup]) -> int:
        return len(groups[0].plan(self.events.columns, self.inputs.rules).assets)


class _Ticker:
    """Counts sets done and tells the caller."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._done, self._total = progress, 0, total

    def looked(self, events: int) -> None:
        self.replayed(0)

    def replayed(self, sets: int) -> None:
        self._done += sets
        if self._progress:
            self._progress(self._done, self._total)


def _empty(count: int, assets: int) -> SetFigures:
    return SetFigures(
        summaries=np.zeros(count, layout.SUMMARY),
        ending=np.zeros((count, assets)),
        buckets=np.zeros((count, BUCKETS)),
    )
