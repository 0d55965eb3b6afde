"""Which books are in force at any time, without applying every event before.

A place is an index into `rows`, where each symbol's rows stand together in order of time. Time
only moves forward: a symbol's place follows it by leaps, and what a leap passes over counts only
for the side last seen and for the account's own fills.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from backtesting.engine.kernel.books import recorded_ask
from backtesting.engine.kernel.compiling import compiled
from backtesting.engine.kernel.levels import replenish

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from backtesting.engine.kernel.layout import Run


class Places(NamedTuple):
    """Rows by symbol, and where each symbol is: S symbols, N rows, C cycles.

    `rows` int32 (N,): rows of symbol s are `rows[first[s] : first[s + 1]]`; `at` (S,): the place
    of its book in force, `first[s] - 1` before any; `marks` (C, 3): symbols beside the legs whose
    marks a cycle's assets need, -1 for none; `end` (1,): the time of the universe's last event.
    """

    rows: NDArray[np.int32]
    first: NDArray[np.int64]
    at: NDArray[np.int64]
    marks: NDArray[np.int64]
    end: NDArray[np.int64]


@compiled
def forget_books(run: Run, places: Places) -> None:
    """Go back to before the first event."""
    for symbol in range(len(run.symbols)):
        places.at[symbol] = places.first[symbol] - 1
        run.scan.rate[2 * symbol] = 0.0
        run.scan.rate[2 * symbol + 1] = 0.0
        run.scan.last_row[symbol] = -1
        run.symbols[symbol].seen_bid = 0.0
        run.symbols[symbol].seen_ask = 0.0
        run.symbols[symbol].taken = -1


@compiled
def seek_cycle(run: Run, places: Places, cycle: int, t: int) -> None:
    """Put the last books at or before `t` in force, of all that a trade on `cycle` can read."""
    for k in range(3):
        seek(run, places, run.cycles[cycle].symbol[k], t)
    for k in range(3):
        if places.marks[cycle, k] >= 0:
            seek(run, places, places.marks[cycle, k], t)


@compiled
def seek(run: Run, places: Places, symbol: int, t: int) -> None:
    """Put the last book of `symbol` at or before `t` in force."""
    stop = places.first[symbol + 1]
    rows, time_us = places.rows, run.tape.time_us
    low, step = places.at[symbol], 1
    while low + step < stop and time_us[rows[low + step]] <= t:
        low += step
        step *= 2
    high = min(low + step, stop)
    while high - low > 1:
        middle = (low + high) // 2
        if time_us[rows[middle]] <= t:
            low = middle
        else:
            high = middle
    put_in_force(run, places, symbol, low)


@compiled
def put_in_force(run: Run, places: Places, symbol: int, to: int) -> None:
    """Put the book at place `to` in force, unless it or a later one is."""
    at = places.at[symbol]
    if to <= at:
        return
    passed = at
    while passed < to and run.symbols[symbol].taken >= 0:
        passed += 1
        replenish(run, symbol, places.rows[passed])
    row = places.rows[to]
    bid, inverse_ask = run.tape.best_bid[row], run.tape.inverse_ask[row]
    if bid <= 0.0:
        see_last_bid(run, places, symbol, at, to)
    if inverse_ask <= 0.0:
        see_last_ask(run, places, symbol, at, to)
    run.scan.rate[2 * symbol] = bid
    run.scan.rate[2 * symbol + 1] = inverse_ask
    run.scan.last_row[symbol] = row
    places.at[symbol] = to


@compiled
def see_last_bid(run: Run, places: Places, symbol: int, at: int, to: int) -> None:
    """Note the last bid between two places, that in force at the first included."""
    for place in range(to - 1, at, -1):
        bid = run.tape.best_bid[places.rows[place]]
        if bid > 0.0:
            run.symbols[symbol].seen_bid = bid
            return
    if run.scan.rate[2 * symbol] > 0.0:
        run.symbols[symbol].seen_bid = run.scan.rate[2 * symbol]


@compiled
def see_last_ask(run: Run, places: Places, symbol: int, at: int, to: int) -> None:
    """Note the last ask between two places, that in force at the first included."""
    for place in range(to - 1, at, -1):
        if run.tape.inverse_ask[places.rows[place]] > 0.0:
            run.symbols[symbol].seen_ask = recorded_ask(run, places.rows[place])
            return
    if run.scan.rate[2 * symbol + 1] > 0.0:
        run.symbols[symbol].seen_ask = recorded_ask(run, run.scan.last_row[symbol])
