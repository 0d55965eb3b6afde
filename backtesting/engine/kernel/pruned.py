"""Replaying parameter sets on candidates alone: the same orders and gates, other books skipped.

What happens between two candidates of a set concerns only what it has in flight or on offer. So
time leaps from candidate to order to event of a symbol on offer, and books are put in force when
something reads them. Everything that is decided is decided by the functions that the full replay
calls (`judge`, `work_next`, `work_offers`, `complete`): this file is about time alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from backtesting.engine.kernel.closeout import complete, way_back, work_offers
from backtesting.engine.kernel.compiling import compiled
from backtesting.engine.kernel.gates import judge
from backtesting.engine.kernel.layout import MAX_CONCURRENT_TRADES, NOT_REARMED, STALE_BOOK
from backtesting.engine.kernel.loop import work_next
from backtesting.engine.kernel.places import forget_books, put_in_force, seek, seek_cycle
from backtesting.engine.kernel.reference import by_reference
from backtesting.engine.kernel.rows import ROWS_A_TRADE, has_room
from backtesting.engine.kernel.summary import write_summary

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from backtesting.engine.kernel.layout import Run
    from backtesting.engine.kernel.places import Places

_NEVER = np.iinfo(np.int64).max


@compiled
def simulate(
    run: Run,
    places: Places,
    candidates: NDArray[np.void],
    configs: NDArray[np.void],
    first: int,
    stop: int,
    counts: NDArray[np.void],
    balances: NDArray[np.float64],
    levels_a_trade: int,
    summaries: NDArray[np.void],
    ending: NDArray[np.float64],
    buckets: NDArray[np.float64],
    span: NDArray[np.int64],
) -> int:
    """Replay parameter sets `first` to `stop` of `configs`; return where room ran out, or `stop`.

    `counts` (TOTALS, one row): looks as counted with the candidates; `balances` (A,): what each
    set starts with. Set i leaves its figures in row i of `summaries` and its balances in row i of
    `ending` (sets, A), and adds each trade's P&L to its time bucket in row i of `buckets`
    (sets, B), which divide the times from span[0] to span[1], both included.
    """
    here = by_reference(run)
    index = by_reference(places)
    for at in range(first, stop):
        begin_set(here, index, configs, at, counts, balances)
        if not replay_set(here, index, candidates, levels_a_trade):
            return at
        write_summary(here, summaries, at)
        for asset in range(len(run.balances)):
            ending[at, asset] = run.balances[asset]
        fill_buckets(here, buckets, at, span[0], span[1])
    return stop


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
    cycle = run.cycles[candidate.cycle]
    if candidate.continues == 0:  # there was a look below every threshold of the grid
        cycle.in_episode = 0
        cycle.disarmed = 0
    if candidate.ret < run.config[0].threshold:
        cycle.in_episode = 0
        cycle.disarmed = 0
        return -1
    totals.opportunities += 1
    totals.episodes += cycle.in_episode == 0
    cycle.in_episode = 1
    if candidate.age_us > run.config[0].stale_after_us:
        return STALE_BOOK
    if cycle.disarmed and run.config[0].after_reset:
        return NOT_REARMED
    if totals.in_flight >= run.config[0].concurrency:
        return MAX_CONCURRENT_TRADES
    for k in range(3):
        put_in_force(run, places, cycle.symbol[k], candidate.book[k])
    for k in range(3):
        symbol = places.marks[candidate.cycle, k]
        if symbol >= 0:
            seek(run, places, symbol, candidate.t)
    return judge(run, candidate.cycle, candidate.t)


@compiled
def catch_up(run: Run, places: Places, until: int, levels_a_trade: int) -> bool:
    """Work off orders and offers up to and with `until`, in order of time; False: no room."""
    totals = run.totals[0]
    while totals.pending + totals.offers > 0:
        due = run.trades[run.calendar[0]].tau if totals.pending > 0 else _NEVER
        event = next_event_on_offer(run, places) if totals.offers > 0 else _NEVER
        now = min(due, event)
        if now > until or now == _NEVER:
            return True
        if not has_room_in_flight(run, levels_a_trade):
            return False
        if event <= due:
            for at in range(totals.offers):
                seek_cycle(run, places, run.trades[run.offers[at]].cycle, event)
            work_offers(run, event)
        else:
            seek_cycle(run, places, run.trades[run.calendar[0]].cycle, due)
            work_next(run)
    return True


@compiled
def has_room_in_flight(run: Run, levels_a_trade: int) -> bool:
    """Return whether the tables can take what the trades in flight may add at one time."""
    totals = run.totals[0]
    busy = totals.in_flight
    return totals.orders + ROWS_A_TRADE * busy <= len(
        run.orders
    ) and totals.taken_used - totals.taken_spare + levels_a_trade * busy <= len(run.taken)


@compiled
def next_event_on_offer(run: Run, places: Places) -> int:
    """Return the time of the next event of a symbol over which something is on offer."""
    soonest = _NEVER
    for at in range(run.totals[0].offers):
        trade = run.offers[at]
        for leftover in range(2):
            if run.trades[trade].on_offer[leftover]:
                symbol = way_back(run, trade, leftover)[0]
                following = places.at[symbol] + 1
                if following < places.first[symbol + 1]:
                    soonest = min(soonest, run.tape.time_us[places.rows[following]])
    return soonest


@compiled
def settle_offers(run: Run, places: Places) -> None:
    """Complete what is still on offer on the last books; see `loop.settle`."""
    for at in range(run.totals[0].offers):
        trade = run.offers[at]
        seek_cycle(run, places, run.trades[trade].cycle, _NEVER)
        complete(run, trade, max(places.end[0], run.trades[trade].tau))
    run.totals[0].offers = 0


@compiled
def fill_buckets(run: Run, buckets: NDArray[np.float64], at: int, begin: int, end: int) -> None:
    """Add each trade's P&L, in order of completion, to the time bucket it completed in.

    What is settled after the span belongs to the last one.
    """
    count = buckets.shape[1]
    for place in range(run.totals[0].trades):
        trade = run.trades[run.sorting[place]]
        part = (trade.completed - begin) / (end - begin) if end > begin else 0.0
        buckets[at, max(0, min(count - 1, int(part * count)))] += trade.pnl
