"""Time in leaps: from order to order and from event to event of what is on offer.

What happens between two candidates of a sweep concerns only what is in flight or on offer. So books
are put in force when something reads them. What is decided is decided by the functions that the
full replay calls (`work_next`, `work_offers`, `complete`): this file is about time alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from backtesting.engine.kernel.closeout import complete, way_back, work_offers
from backtesting.engine.kernel.compiling import compiled
from backtesting.engine.kernel.loop import work_next
from backtesting.engine.kernel.places import put_in_force, seek, seek_cycle
from backtesting.engine.kernel.rows import ROWS_A_TRADE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from backtesting.engine.kernel.layout import Run
    from backtesting.engine.kernel.places import Places

_NEVER = np.iinfo(np.int64).max


@compiled
def put_books(run: Run, places: Places, candidates: NDArray[np.void], at: int) -> None:
    """Put the books in force that judging candidate `at` reads: its legs' and those of marks."""
    candidate = candidates[at]
    for k in range(3):
        put_in_force(run, places, run.cycles[candidate.cycle].symbol[k], candidate.book[k])
    for k in range(3):
        symbol = places.marks[candidate.cycle, k]
        if symbol >= 0:
            seek(run, places, symbol, candidate.t)


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
