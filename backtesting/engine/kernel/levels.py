"""Taking from the levels of a book: the walk's rule (the standard, section 6) and own fills (7).

Every order of every fill model goes through `obtain` and `afford` (how much can be had for a
quantity or a budget) and `take` (what exactly that much costs or brings); they differ in book,
limit, depth and in whether the account's own earlier fills are missing from the levels.
"""

from __future__ import annotations

import numpy as np

from backtesting.engine.kernel.compiling import compiled
from backtesting.engine.kernel.layout import BUY, Run, Tape
from backtesting.engine.kernel.rows import write_take
from backtesting.engine.kernel.watching import unwatch, watch

_NOTHING = 1e-12  # a rest of so little is none


@compiled
def floor_lot(quantity: float, lot: float) -> float:
    """Return `quantity` cut to the pairing's lots; `lot` is 10 ** lot_decimals.

    NumPy's floor gives a double; that of `math`, compiled, an integer of 64 bits, which a quantity
    of 1e11 in lots of 1e-8 overflows.
    """
    return float(np.floor(quantity * lot + 1e-6)) / lot


@compiled
def side_range(tape: Tape, row: int, side: int) -> tuple[int, int]:
    """Return where in `levels` an order of `side` finds its own: the asks or the bids."""
    middle = tape.depth_start[row] + np.int64(tape.bid_count[row])
    if side == BUY:
        return middle, tape.depth_start[row + 1]
    return tape.depth_start[row], middle


@compiled
def find_taken(run: Run, symbol: int, side: int, price: float) -> int:
    """Return the entry of what was taken from this level, -1 where nothing was."""
    entry = run.symbols[symbol].taken
    while entry >= 0:
        if run.taken[entry].side == side and run.taken[entry].price == price:
            return entry
        entry = run.taken[entry].next
    return -1


@compiled
def left_at(run: Run, symbol: int, side: int, level: int) -> float:
    """Return what a recorded level still offers after the account's own fills."""
    recorded = run.tape.levels[level, 1]
    if run.symbols[symbol].taken < 0:
        return recorded
    entry = find_taken(run, symbol, side, run.tape.levels[level, 0])
    return recorded if entry < 0 else max(0.0, recorded - run.taken[entry].taken)


@compiled
def obtain(
    run: Run,
    symbol: int,
    side: int,
    row: int,
    want: float,
    limit: float,
    most: int,
    depleted: bool,
) -> tuple[float, bool]:
    """Return the base quantity that levels give for `want`, and whether they ran out.

    Best first, at most `most` levels, none worse than `limit`.
    """
    start, stop = side_range(run.tape, row, side)
    left = want
    base = 0.0
    used = 0
    for level in range(start, stop):
        if left <= _NOTHING * want:
            break
        price = run.tape.levels[level, 0]
        if used == most or (price > limit if side == BUY else price < limit):
            break
        offered = run.tape.levels[level, 1]
        if depleted:
            offered = left_at(run, symbol, side, level)
            if offered <= _NOTHING:
                continue
        used += 1
        quantity = min(offered, left)
        base += quantity
        left -= quantity
    if left <= _NOTHING * want:
        return want, False  # not the sum of its parts, whose last bits could cost a lot
    return base, True


@compiled
def afford(
    run: Run,
    symbol: int,
    side: int,
    row: int,
    budget: float,
    limit: float,
    most: int,
    depleted: bool,
) -> tuple[float, bool]:
    """Return the base quantity that levels give for `budget`, and whether they ran out."""
    start, stop = side_range(run.tape, row, side)
    left = budget
    base = 0.0
    used = 0
    for level in range(start, stop):
        if left <= _NOTHING * budget:
            break
        price = run.tape.levels[level, 0]
        if used == most or (price > limit if side == BUY else price < limit):
            break
        offered = run.tape.levels[level, 1]
        if depleted:
            offered = left_at(run, symbol, side, level)
            if offered <= _NOTHING:
                continue
        used += 1
        quantity = min(offered, left / price)
        base += quantity
        left -= quantity * price
    return base, left > _NOTHING * budget


@compiled
def take(
    run: Run,
    symbol: int,
    side: int,
    row: int,
    quantity: float,
    limit: float,
    most: int,
    depleted: bool,
    order: int,
) -> tuple[float, float]:
    """Return cost or proceeds of exactly `quantity`, and the last price it touches.

    With `depleted` what is taken is missing from the levels from now on. What each level gave is
    noted for `order`, the row that the order will have, unless that is
    negative or nobody keeps takes.
    """
    if quantity <= 0.0:
        return 0.0, 0.0
    keep = order >= 0 and run.config[0].keep_takes
    start, stop = side_range(run.tape, row, side)
    left = quantity
    money = 0.0
    worst = 0.0
    used = 0
    for level in range(start, stop):
        price = run.tape.levels[level, 0]
        if used == most or (price > limit if side == BUY else price < limit):
            break
        offered = run.tape.levels[level, 1]
        if depleted:
            offered = left_at(run, symbol, side, level)
            if offered <= _NOTHING:
                continue
        used += 1
        part = min(offered, left)
        money += part * price
        worst = price
        left -= part
        if depleted:
            remember(run, symbol, side, level, part)
        if keep:
            write_take(run, order, price, part)
        if left <= _NOTHING * quantity:
            break
    return money, worst


@compiled
def remember(run: Run, symbol: int, side: int, level: int, quantity: float) -> None:
    """Note that the account took `quantity` from this level."""
    price = run.tape.levels[level, 0]
    entry = find_taken(run, symbol, side, price)
    if entry >= 0:
        run.taken[entry].taken += quantity
        return
    totals = run.totals[0]
    if totals.taken_free >= 0:
        entry = totals.taken_free
        totals.taken_free = run.taken[entry].next
        totals.taken_spare -= 1
    else:
        entry = totals.taken_used
        totals.taken_used += 1
    run.taken[entry].side = side
    run.taken[entry].price = price
    run.taken[entry].taken = quantity
    run.taken[entry].first = run.tape.levels[level, 1]
    run.taken[entry].next = run.symbols[symbol].taken
    run.symbols[symbol].taken = entry
    watch(run, symbol)


@compiled
def replenish(run: Run, symbol: int, row: int) -> None:
    """Forget own fills whose level this event shows no more, or shows filled up again."""
    totals = run.totals[0]
    before = -1
    entry = run.symbols[symbol].taken
    while entry >= 0:
        following = run.taken[entry].next
        start, stop = side_range(run.tape, row, run.taken[entry].side)
        recorded = -1.0
        for level in range(start, stop):
            if run.tape.levels[level, 0] == run.taken[entry].price:
                recorded = run.tape.levels[level, 1]
                break
        if recorded < 0.0 or recorded >= run.taken[entry].first + run.taken[entry].taken:
            if before < 0:
                run.symbols[symbol].taken = following
            else:
                run.taken[before].next = following
            run.taken[entry].next = totals.taken_free
            totals.taken_free = entry
            totals.taken_spare += 1
            unwatch(run, symbol)
        else:
            before = entry
        entry = following
