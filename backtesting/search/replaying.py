"""Replaying many parameter sets on the candidates of one scan, over several threads.

The figures of a set are those of a replay of it alone, to the last bit, whatever the number of
threads: sets share nothing but the events, the candidates and what single trades come to.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from backtesting.engine.kernel import layout
from backtesting.engine.kernel.pruned import Sets, simulate
from backtesting.engine.room import levels_a_trade
from backtesting.search.families import SetMemory, SetTable
from backtesting.search.figures import SetFigures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from backtesting.engine.config import BacktestConfig
    from backtesting.engine.plan import Plan
    from backtesting.search.candidates import Candidates

# Candidates worked through between two calls of the callback: well under 100 ms.
_VISITS_A_CALL = 200_000
_HEARD_EVERY_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeBuckets:
    """The times from `begin_us` to `end_us`, both included, in `count` equal parts.

    Those from `first` on count as active where a trade is finished in them.
    """

    begin_us: int
    end_us: int
    count: int
    first: int = 0


def replay_sets(
    candidates: Candidates,
    sets: SetTable,
    buckets: TimeBuckets,
    *,
    threads: int = 1,
    progress: Callable[[int], None] | None = None,
) -> SetFigures:
    """Return the figures of each set over the candidates, in their order.

    All sets have the candidates' cycles and fees, and no threshold below theirs. `progress` is
    called with the sets done since; what it raises ends the work.
    """
    work = _Work(candidates, sets, buckets)
    count = len(sets.rows)
    share = -(-count // max(1, threads))
    parts = [(at, min(at + share, count)) for at in range(0, count, share)]
    if len(parts) == 1:
        work.run(parts[0], progress)
    else:
        _run_in_threads(work, parts, progress)
    return work.figures


def replay_trades(candidates: Candidates, sets: SetTable) -> Iterator[tuple[int, NDArray[np.void]]]:
    """Yield each set's place and its trades that were not missed, in order of completion.

    Families come together. Trades are rows of TRADE with all that a summary reads.
    """
    work = _Work(candidates, sets, TimeBuckets(begin_us=0, end_us=1, count=1))
    thread = _Thread(work)
    for place, at in enumerate(sets.order):
        while thread.advance(place, place + 1) == place:
            pass  # with more room now
        yield int(at), thread.finished_trades()


def _run_in_threads(
    work: _Work, parts: list[tuple[int, int]], progress: Callable[[int], None] | None
) -> None:
    """Run the parts side by side; the caller hears of it in this thread alone."""
    with ThreadPoolExecutor(len(parts)) as pool:
        running = {pool.submit(work.run, part, None) for part in parts}
        try:
            seen = 0
            while running:
                ended, running = wait(running, timeout=_HEARD_EVERY_S, return_when=FIRST_COMPLETED)
                for future in ended:
                    future.result()
                done = work.done
                if progress:
                    progress(done - seen)
                seen = done
        finally:
            work.is_stopped = True


class _Work:
    """The tables that threads read, and those whose rows they fill, each its own."""

    def __init__(self, candidates: Candidates, sets: SetTable, buckets: TimeBuckets) -> None:
        plan, count = candidates.plan, len(sets.rows)
        self.candidates = candidates
        self.balances = np.array([plan.balances.get(asset, 0.0) for asset in plan.assets])
        self.levels = most_levels_a_trade(plan, sets.configs)
        self.a_call = max(1, _VISITS_A_CALL // max(1, len(candidates.rows)))
        self._done = deque[int]()
        self.is_stopped = False
        self.sets = Sets(
            configs=sets.rows,
            families=sets.families,
            order=sets.order,
            span=np.array([buckets.begin_us, buckets.end_us, buckets.first], np.int64),
            summaries=np.zeros(count, layout.SUMMARY),
            ending=np.zeros((count, len(plan.assets))),
            buckets=np.zeros((count, buckets.count)),
            active=np.zeros(count, np.int64),
        )

    @property
    def figures(self) -> SetFigures:
        """Return the tables that are filled."""
        sets = self.sets
        return SetFigures(
            summaries=sets.summaries, ending=sets.ending, buckets=sets.buckets, active=sets.active
        )

    @property
    def done(self) -> int:
        """Return how many sets have been replayed, by all threads."""
        return sum(self._done.copy())

    def run(self, part: tuple[int, int], progress: Callable[[int], None] | None) -> None:
        """Replay the sets from `part[0]` to `part[1]` of the order, unless `is_stopped`."""
        thread = _Thread(self)
        at, stop = part
        while at < stop and not self.is_stopped:
            before = at
            at = thread.advance(at, min(at + self.a_call, stop))
            self._done.append(at - before)
            if progress:
                progress(at - before)


class _Thread:
    """The memory of one thread at work."""

    def __init__(self, work: _Work) -> None:
        self._work = work
        self._memory = SetMemory.over(work.candidates)
        self._places = work.candidates.places(marks_of(self._memory.run))

    def advance(self, at: int, until: int) -> int:
        """Replay sets from `at` of the order; return where to go on, at the latest `until`."""
        work, memory = self._work, self._memory
        at = simulate(
            memory.run,
            memory.trial,
            self._places,
            memory.outcomes,
            work.candidates.rows,
            work.sets,
            at,
            until,
            work.candidates.counts,
            work.balances,
            work.levels,
        )
        if at < until:
            self._memory = memory.grown(work.levels)
        return at

    def finished_trades(self) -> NDArray[np.void]:
        """Return the trades of the last set that were not missed, in order of completion."""
        run = self._memory.run
        trades = run.trades[run.sorting[: int(run.totals["trades"][0])]]
        finished: NDArray[np.void] = trades[trades["status"] != layout.MISSED]
        return finished


def most_levels_a_trade(plan: Plan, configs: Sequence[BacktestConfig]) -> int:
    """Return how many levels one trade of any set can take from within a tick, at the most."""
    kinds = {(config.max_concurrent_trades, config.max_depth_levels): config for config in configs}
    return max(
        (levels_a_trade(replace(plan, config=config)) for config in kinds.values()), default=0
    )


def marks_of(run: layout.Run) -> NDArray[np.int64]:
    """Return by cycle the symbols, beside its legs, that its assets are marked with; -1: none."""
    marks = np.full((len(run.cycles), 3), -1, np.int64)
    for at, cycle in enumerate(run.cycles):
        for k in range(3):
            symbol = int(run.assets[cycle["asset"][k]]["symbol"])
            if symbol not in cycle["symbol"]:
                marks[at, k] = symbol
    return marks
