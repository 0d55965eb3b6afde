"""Finding the candidates of a sweep: every look that pays at the lowest threshold of its grid.

Prices alone decide which looks these are, so one pass over the events serves every parameter set
with the same cycles and fees. Counts of looks are the same for all of them too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backtesting.engine.kernel.books import apply_event
from backtesting.engine.kernel.compiling import compiled
from backtesting.engine.kernel.detection import age_us, begin_episode, exact_return, measure
from backtesting.engine.kernel.layout import BELOW, PAYS
from backtesting.engine.kernel.loop import LOOK_COST, TICK_COST, tick_end, tick_start
from backtesting.engine.kernel.reference import by_reference
from backtesting.engine.kernel.scan import scan_quiet
from backtesting.engine.kernel.watching import unwatch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from backtesting.engine.kernel.layout import Run


@compiled
def collect(
    run: Run,
    candidates: NDArray[np.void],
    unrolled: tuple[int, ...],
    row: int,
    stop: int,
    work: int,
) -> int:
    """Look at every cycle from `row` until `stop`, until `work` is used up or there is no room.

    Appends to `candidates` (CANDIDATE), `run.totals` counting them as opportunities, those of one
    tick in the order in which they are judged. Returns the row to go on from, the first of a tick.
    """
    tape, totals, here = run.tape, run.totals[0], by_reference(run)
    while row < stop and work > 0:
        limit = tick_start(tape.symbol, min(stop, row + work), stop)
        reached, looks, gross = scan_quiet(tape, run.scan, unrolled, row, limit)
        totals.looks += looks
        totals.gross_positive += gross
        work -= reached - row
        row = reached
        if row == limit:
            continue
        if totals.opportunities + len(run.cycles) > len(candidates):
            return row
        before = totals.looks
        row = collect_tick(here, candidates, row)
        work -= TICK_COST + LOOK_COST * (totals.looks - before)
    return row


@compiled
def collect_tick(run: Run, candidates: NDArray[np.void], first: int) -> int:
    """Apply the tick that begins at row `first`, look at its cycles; return the next row."""
    t = run.tape.time_us[first]
    last = tick_end(run.tape.symbol, first)
    for row in range(first, last + 1):
        apply_event(run, row)
    totals = run.totals[0]
    totals.ticks += 1
    begin = totals.opportunities
    for row in range(first, last + 1):
        symbol = int(run.tape.symbol[row]) & 0x7FFF
        for at in range(run.symbols[symbol].cycles_from, run.symbols[symbol].cycles_to):
            cycle = run.cycle_list[at]
            if run.cycles[cycle].ready and run.cycles[cycle].looked_at != totals.ticks:
                run.cycles[cycle].looked_at = totals.ticks
                consider(run, candidates, cycle, t)
    put_in_order(candidates, begin, totals.opportunities)
    return last + 1


@compiled
def consider(run: Run, candidates: NDArray[np.void], cycle: int, t: int) -> None:
    """Look at one cycle; append it where it pays, and note whether its look before did too."""
    at = run.totals[0].opportunities
    found = measure(run, cycle)
    legs = run.cycles[cycle]
    if found == PAYS:
        row = candidates[at]
        row.t = t
        row.cycle = cycle
        row.ret = exact_return(run, cycle)
        row.age_us = age_us(run, cycle, t)
        row.continues = legs.in_episode
        for k in range(3):
            row.book[k] = run.scan.last_row[legs.symbol[k]]
        if legs.in_episode == 0:
            begin_episode(run, cycle)
    elif found == BELOW and legs.in_episode:
        legs.in_episode = 0
        for k in range(3):
            unwatch(run, legs.symbol[k])


@compiled
def put_in_order(candidates: NDArray[np.void], begin: int, end: int) -> None:
    """Put a tick's candidates in falling order of R, ties in canonical order."""
    for last in range(begin + 1, end):
        to = last
        while to > begin and is_judged_before(candidates, to, to - 1):
            swap(candidates, to, to - 1)
            to -= 1


@compiled
def is_judged_before(candidates: NDArray[np.void], one: int, other: int) -> bool:
    """Return whether candidate `one` of a tick is judged before candidate `other`."""
    if candidates[one].ret != candidates[other].ret:
        return candidates[one].ret > candidates[other].ret
    return candidates[one].cycle < candidates[other].cycle


@compiled
def swap(candidates: NDArray[np.void], one: int, other: int) -> None:
    """Let two candidates of one tick change places."""
    a, b = candidates[one], candidates[other]
    a.cycle, b.cycle = b.cycle, a.cycle
    a.ret, b.ret = b.ret, a.ret
    a.age_us, b.age_us = b.age_us, a.age_us
    a.continues, b.continues = b.continues, a.continues
    for k in range(3):
        a.book[k], b.book[k] = b.book[k], a.book[k]
