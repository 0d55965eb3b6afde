"""The order of work (the standard, section 7): the hot loop, and the ticks that need more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from backtesting.engine.kernel.books import apply_event
from backtesting.engine.kernel.calendar import pop_due
from backtesting.engine.kernel.closeout import arrive_close_out, complete, work_offers
from backtesting.engine.kernel.compiling import compiled
from backtesting.engine.kernel.detection import detect
from backtesting.engine.kernel.orders import arrive, send
from backtesting.engine.kernel.reference import by_reference
from backtesting.engine.kernel.rows import has_room, write_episode
from backtesting.engine.kernel.scan import scan_quiet

if TYPE_CHECKING:
    from backtesting.engine.kernel.layout import Run

# What a tick that is worked off costs, and each look in it, in events of the hot loop.
TICK_COST, LOOK_COST = 64, 4
_TIE = np.uint16(0x8000)


@compiled
def advance(
    run: Run, unrolled: tuple[int, ...], row: int, stop: int, work: int, levels_a_trade: int
) -> int:
    """Replay from `row` until `stop`, until `work` is used up, or until a table is full.

    Returns the row to go on from, the first of a tick. Work is counted in events of the hot loop.
    """
    tape, totals, here = run.tape, run.totals[0], by_reference(run)
    while row < stop and work > 0:
        limit = tick_start(tape.symbol, min(stop, row + work), stop)
        due = stop
        if totals.pending > 0:
            due = first_at(tape.time_us, row, limit, run.trades[run.calendar[0]].tau)
            limit = min(limit, due)
        reached, looks, gross = scan_quiet(tape, run.scan, unrolled, row, limit)
        totals.looks += looks
        totals.gross_positive += gross
        work -= reached - row
        row = reached
        if row == limit and row != due:
            continue
        if row == stop or not has_room(here, levels_a_trade):
            return row
        before = totals.looks
        row = work_tick(here, row)
        work -= TICK_COST + LOOK_COST * (totals.looks - before)
    return row


@compiled
def tick_start(symbol: np.ndarray, row: int, stop: int) -> int:
    """Return the first row at or after `row` that begins a tick."""
    while row < stop and row > 0 and symbol[row - 1] >= _TIE:
        row += 1
    return row


@compiled
def tick_end(symbol: np.ndarray, row: int) -> int:
    """Return the last row of the tick that begins at `row`."""
    while symbol[row] >= _TIE:
        row += 1
    return row


@compiled
def first_at(time_us: np.ndarray, row: int, stop: int, tau: int) -> int:
    """Return the first row in `row` to `stop` whose time is at or after `tau`, else `stop`."""
    low, step = row, 1
    while low + step < stop and time_us[low + step] < tau:
        low += step
        step *= 2
    high = min(low + step, stop)
    while low < high:
        middle = (low + high) // 2
        if time_us[middle] < tau:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def work_tick(run: Run, first: int) -> int:
    """Work off the tick that begins at row `first` in the standard's order; return the next row."""
    tape = run.tape
    t = tape.time_us[first]
    last = tick_end(tape.symbol, first)
    work_orders(run, t - 1)
    for row in range(first, last + 1):
        apply_event(run, row)
    if run.totals[0].offers > 0:
        work_offers(run, t)
    work_orders(run, t)
    detect(run, first, last, t)
    work_orders(run, t)
    return last + 1


@compiled
def work_orders(run: Run, until: int) -> None:
    """Work off what is due at or before `until`, in order of (tau, n)."""
    while run.totals[0].pending > 0 and run.trades[run.calendar[0]].tau <= until:
        work_next(run)


@compiled
def work_next(run: Run) -> None:
    """Work off what is due first."""
    trade = pop_due(run)
    step = run.trades[trade].step
    if step == 0:
        send(run, trade, 0)
    elif step <= 3:
        arrive(run, trade, step - 1)
    else:
        arrive_close_out(run, trade)


@compiled
def settle(run: Run, end: int) -> None:
    """After the last tick, at `end`: settle what is in flight on the last books."""
    here = by_reference(run)
    work_orders(here, np.iinfo(np.int64).max)
    for at in range(run.totals[0].offers):
        trade = run.offers[at]
        complete(here, trade, max(end, run.trades[trade].tau))
    run.totals[0].offers = 0
    for cycle in range(len(run.cycles)):
        if run.cycles[cycle].in_episode:
            write_episode(here, cycle, end, 1)
