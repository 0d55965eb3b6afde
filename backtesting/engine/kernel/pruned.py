"""Replaying parameter sets on candidates alone: the same orders and gates, other books skipped.

Two roads lead to the same figures. `replay_set` replays one set by itself; `replay_shared` takes
what its trades come to from the memory of its family (see `outcomes`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from backtesting.engine.kernel.compiling import compiled
from backtesting.engine.kernel.gates import judge
from backtesting.engine.kernel.layout import MAX_CONCURRENT_TRADES, MISSED, NOT_REARMED, STALE_BOOK
from backtesting.engine.kernel.leaping import catch_up, put_books, settle_offers
from backtesting.engine.kernel.outcomes import forget_outcomes
from backtesting.engine.kernel.places import forget_books
from backtesting.engine.kernel.reference import by_reference
from backtesting.engine.kernel.rows import has_room
from backtesting.engine.kernel.shared import is_opportunity, replay_shared
from backtesting.engine.kernel.summary import write_summary

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from backtesting.engine.kernel.layout import Run
    from backtesting.engine.kernel.outcomes import Outcomes
    from backtesting.engine.kernel.places import Places

_NEVER = np.iinfo(np.int64).max


class Sets(NamedTuple):
    """Parameter sets, a row each, and what they come to: A assets, B time buckets.

    `configs` (CONFIG) and `families`, -1 where a set has none, are given, and so are `order`, in
    which sets are replayed, families together, and `span` (3,): the times from the first to the
    second, both included, are cut into buckets; the third is the first bucket that counts as
    active. `summaries` (SUMMARY), `ending` (sets, A), `buckets` (sets, B) and `active` (sets,) are
    filled: figures, balances, P&L by bucket of completion, and buckets with a finished trade.
    """

    configs: NDArray[np.void]
    families: NDArray[np.int64]
    order: NDArray[np.int64]
    span: NDArray[np.int64]
    summaries: NDArray[np.void]
    ending: NDArray[np.float64]
    buckets: NDArray[np.float64]
    active: NDArray[np.int64]


@compiled
def simulate(
    run: Run,
    trial: Run,
    places: Places,
    memory: Outcomes,
    candidates: NDArray[np.void],
    sets: Sets,
    first: int,
    stop: int,
    counts: NDArray[np.void],
    balances: NDArray[np.float64],
    levels_a_trade: int,
) -> int:
    """Replay the sets from `first` to `stop` of `sets.order`; return where room ran out, or `stop`.

    `trial` is where single trades of a family are worked out; `counts` (TOTALS, one row): looks as
    counted with the candidates; `balances` (A,): what each set starts with.
    """
    here, there = by_reference(run), by_reference(trial)
    index, known, rows = by_reference(places), by_reference(memory), by_reference(sets)
    for place in range(first, stop):
        at = sets.order[place]
        family = sets.families[at]
        begin_set(here, index, sets.configs, at, counts, balances)
        if family >= 0:
            if memory.used[2] != family:
                begin_family(there, known, here)
                memory.used[2] = family
            done = replay_shared(here, there, index, known, candidates, levels_a_trade)
        else:
            done = replay_set(here, index, candidates, levels_a_trade)
        if not done:
            return place
        write_summary(here, sets.summaries, at)
        for asset in range(len(run.balances)):
            sets.ending[at, asset] = run.balances[asset]
        fill_buckets(here, rows, at)
    return stop


@compiled
def begin_family(trial: Run, memory: Outcomes, run: Run) -> None:
    """Forget other families; put what this one has in common in force in `trial`."""
    forget_outcomes(memory)
    trial.config[0] = run.config[0]
    trial.config[0].threshold = -np.inf  # a walk that erodes the edge is for each set to judge


@compiled
def begin_set(
    run: Run,
    places: Places,
    configs: NDArray[np.void],
    at: int,
    counts: NDArray[np.void],
    balances: NDArray[np.float64],
) -> None:
    """Put everything back to before the first event, and parameter set `at` in force."""
    run.config[0] = configs[at]
    forget_books(run, places)
    for cycle in range(len(run.cycles)):
        run.cycles[cycle].in_episode = 0
        run.cycles[cycle].disarmed = 0
    for asset in range(len(run.balances)):
        run.balances[asset] = balances[asset]
    run.totals[0] = counts[0]


@compiled
def replay_set(run: Run, places: Places, candidates: NDArray[np.void], levels_a_trade: int) -> bool:
    """Replay the set in force over all candidates and settle it; False where room ran out."""
    totals = run.totals[0]
    at = 0
    while at < len(candidates):
        t = candidates[at].t
        if not catch_up(run, places, t, levels_a_trade) or not has_room(run, levels_a_trade):
            return False
        while at < len(candidates) and candidates[at].t == t:
            reason = judge_candidate(run, places, candidates, at)
            if reason >= 0:
                totals.misses[reason] += 1
            at += 1
        # Orders without latency are due in the tick itself.
        if totals.pending > 0 and not catch_up(run, places, t, levels_a_trade):
            return False
    if not catch_up(run, places, _NEVER, levels_a_trade):
        return False
    settle_offers(run, places)
    return True


@compiled
def judge_candidate(run: Run, places: Places, candidates: NDArray[np.void], at: int) -> int:
    """Count a candidate and let it through the gates; return a miss reason, or -1."""
    candidate, totals = candidates[at], run.totals[0]
    if not is_opportunity(run, candidates, at):
        return -1
    cycle = run.cycles[candidate.cycle]
    if candidate.age_us > run.config[0].stale_after_us:
        return STALE_BOOK
    if cycle.disarmed and run.config[0].after_reset:
        return NOT_REARMED
    if totals.in_flight >= run.config[0].concurrency:
        return MAX_CONCURRENT_TRADES
    put_books(run, places, candidates, at)
    return judge(run, candidate.cycle, candidate.t)


@compiled
def fill_buckets(run: Run, sets: Sets, at: int) -> None:
    """Add each trade's P&L, in order of completion, to the time bucket it completed in.

    What is settled after the span belongs to the last one.
    """
    begin, end, first = sets.span[0], sets.span[1], sets.span[2]
    count = sets.buckets.shape[1]
    latest = first - 1
    sets.active[at] = 0
    for place in range(run.totals[0].trades):
        trade = run.trades[run.sorting[place]]
        if trade.status == MISSED:
            continue
        part = (trade.completed - begin) / (end - begin) if end > begin else 0.0
        bucket = max(0, min(count - 1, int(part * count)))
        sets.buckets[at, bucket] += trade.pnl
        if bucket > latest:
            latest = bucket
            sets.active[at] += 1
