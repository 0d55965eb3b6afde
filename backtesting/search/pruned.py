"""The search itself: every set over every window, each group of sets on one scan.

A set's figures do not depend on which others are searched with it, nor on how the work is cut:
whoever has the events can search any part of the grid, and parts are put together by index.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from backtesting.search.candidates import SweepWindow, find_candidates
from backtesting.search.facts import window_facts
from backtesting.search.families import SetTable
from backtesting.search.figures import PartResult, SetFigures
from backtesting.search.replaying import TimeBuckets, replay_sets, replay_trades
from backtesting.search.trades import NOTHING_SEEN, TRADES, look_at_trades

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from backtesting.engine.events import EventStore
    from backtesting.search.groups import SweepGroup, SweepInputs

    Progress = Callable[[int, int], None]

# Time buckets over the whole span of a sweep (the standard, section 10).
BUCKETS = 240
_TEST = 1  # of the windows


@dataclass(slots=True, kw_only=True, eq=False)
class PrunedSearch:
    """Searches groups of sets over windows: train and test, then those of further folds.

    `windows` are slices of the events' rows; `span` is cut into time buckets, of
    which the test window has those from `first_test` on; sets whose test
    window `is_ready` (train figures, test figures -> mask) have its trades looked at one by one,
    with `seed`.
    """

    events: EventStore
    inputs: SweepInputs
    windows: Sequence[slice]
    span: tuple[int, int]
    is_ready: Callable[[SetFigures, SetFigures], NDArray[np.bool_]]
    first_test: int = 0
    seed: int = 0
    threads: int = 1
    _indexed: dict[int, SweepWindow] = field(default_factory=dict)

    def window(self, at: int) -> SweepWindow:
        """Return a window with its rows by symbol, which are found once."""
        if at not in self._indexed:
            self._indexed[at] = SweepWindow.of(self.events.columns[self.windows[at]])
        return self._indexed[at]

    def run(self, groups: Sequence[SweepGroup], progress: Progress | None = None) -> PartResult:
        """Return what all sets of the groups came to.

        `progress` is called with the sets done and in all, over all windows, at least every
        100 ms; what it raises ends the search.
        """
        count = sum(len(group.indexes) for group in groups)
        ticker = _Ticker(progress, count * len(self.windows))
        parts = [self._search(group, ticker) for group in groups]
        windows = range(len(self.windows))
        return PartResult(
            indexes=np.concatenate([group.indexes for group in groups]).astype(np.int64),
            groups=np.repeat(np.arange(len(groups)), [len(group.indexes) for group in groups]),
            figures=[_joined([figures[at] for figures, _, _ in parts]) for at in windows],
            facts=[[facts[at] for _, facts, _ in parts] for at in windows],
            trades=np.concatenate([trades for _, _, trades in parts]),
        )

    def _search(
        self, group: SweepGroup, ticker: _Ticker
    ) -> tuple[list[SetFigures], list[dict[str, Any]], NDArray[np.void]]:
        figures, facts = [], []
        buckets = TimeBuckets(
            begin_us=self.span[0], end_us=self.span[1], count=BUCKETS, first=self.first_test
        )
        trades = np.full(len(group.indexes), NOTHING_SEEN, TRADES)
        columns, rules = self.events.columns, self.inputs.rules
        sets = SetTable.of(group.configs, group.plan(columns, rules).assets)
        for at in range(len(self.windows)):
            window = self.window(at)
            facts.append(window_facts(group, window, rules, self.events))
            plan = group.plan(window.columns, rules)
            candidates = find_candidates(window, plan, ticker.looked)
            figures.append(
                replay_sets(
                    candidates,
                    sets,
                    buckets,
                    threads=self.threads,
                    progress=ticker.replayed,
                )
            )
            if at == _TEST:
                ready = np.flatnonzero(self.is_ready(figures[0], figures[1]))
                for place, found in replay_trades(candidates, sets.chosen(ready)):
                    trades[ready[place]] = look_at_trades(found, self.seed)
                    ticker.replayed(0)
        return figures, facts, trades


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


def _joined(parts: Sequence[SetFigures]) -> SetFigures:
    return SetFigures(
        summaries=np.concatenate([part.summaries for part in parts]),
        ending=np.concatenate([part.ending for part in parts]),
        buckets=np.concatenate([part.buckets for part in parts]),
        active=np.concatenate([part.active for part in parts]),
    )
