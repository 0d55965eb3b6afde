"""What single trades come to, worked out once for all sets of a family.

A family of parameter sets differs in nothing but what decides whether to trade: threshold, age of
books, re-entry. With one trade at a time and without jitter, what a trade comes to depends on its
candidate and on what the trades before it have left missing from the books. Most often that is
nothing any more; else the trade hangs on the one before it, its `parent`, and so on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from backtesting.engine.kernel.books import mark
from backtesting.engine.kernel.compiling import compiled
from backtesting.engine.kernel.gates import start_trade, walk
from backtesting.engine.kernel.layout import CLOSE_OUT, NO_MARK
from backtesting.engine.kernel.leaping import catch_up, put_books, settle_offers
from backtesting.engine.kernel.levels import replenish
from backtesting.engine.kernel.places import forget_books, put_in_force

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from backtesting.engine.kernel.layout import Run
    from backtesting.engine.kernel.places import Places

UNKNOWN, PASSES = -2, -1
_NEVER = np.iinfo(np.int64).max

# By candidate: how its walk ends (a miss reason, PASSES, or UNKNOWN as long as nobody asked) for
# a set with the balance and a threshold that it reaches; `first` of its outcomes, -1: none.
WALK = np.dtype(
    [("ends", "i8"), ("capital", "f8"), ("expected", "f8"), ("first", "i8")], align=True
)
# `left_from`, `left_to`: rows of LEFT, what is then missing from the books; it still is at
# `dirty_until`, and no more from `clean_from` on.
OUTCOME = np.dtype(
    [
        ("parent", "i8"),  # -1: nothing was missing
        ("next", "i8"),  # of the same candidate
        ("status", "i8"),
        ("completed", "i8"),
        ("is_unsold", "i8"),
        ("pnl", "f8"),
        ("fees", "f8"),
        ("residual", "f8"),
        ("unsold", "f8"),
        ("hold", "f8", (3,)),
        ("legs", "i8"),
        ("ratio", "f8", (3,)),
        ("arrival", "i8", (3,)),
        ("left_from", "i8"),
        ("left_to", "i8"),
        ("dirty_until", "i8"),
        ("clean_from", "i8"),
    ],
    align=True,
)
LEFT = np.dtype(
    [
        ("symbol", "i8"),
        ("place", "i8"),  # of the symbol's book, when this was so
        ("side", "i8"),
        ("price", "f8"),
        ("taken", "f8"),
        ("first", "f8"),
    ],
    align=True,
)


class Outcomes(NamedTuple):
    """A family's memory: `walks` a row a candidate; `used`: rows of `outcomes` and of `left`."""

    walks: NDArray[np.void]
    outcomes: NDArray[np.void]
    left: NDArray[np.void]
    used: NDArray[np.int64]


@compiled
def forget_outcomes(memory: Outcomes) -> None:
    """Make room for another family."""
    for at in range(len(memory.walks)):
        memory.walks[at].ends = UNKNOWN
        memory.walks[at].first = -1
    memory.used[0], memory.used[1] = 0, 0


@compiled
def know_walk(
    memory: Outcomes, run: Run, places: Places, candidates: NDArray[np.void], at: int
) -> None:
    """See to it that the walk of candidate `at` is known."""
    found = memory.walks[at]
    if found.ends != UNKNOWN:
        return
    cycle = candidates[at].cycle
    forget_books(run, places)
    put_books(run, places, candidates, at)
    price = mark(run, run.cycles[cycle].asset[0])
    if price <= 0.0:
        found.ends = NO_MARK
        return
    found.capital = run.config[0].capital / price
    found.ends = walk(run, 0, cycle, found.capital)
    found.expected = run.trades[0].expected


@compiled
def find_outcome(
    memory: Outcomes,
    run: Run,
    places: Places,
    candidates: NDArray[np.void],
    at: int,
    parent: int,
    levels_a_trade: int,
) -> int:
    """Return the outcome of a trade on candidate `at` after `parent`; -1 where room ran out."""
    outcome = memory.walks[at].first
    while outcome >= 0:
        if memory.outcomes[outcome].parent == parent:
            return outcome
        outcome = memory.outcomes[outcome].next
    return work_out(memory, run, places, candidates, at, parent, levels_a_trade)


@compiled
def work_out(
    memory: Outcomes,
    run: Run,
    places: Places,
    candidates: NDArray[np.void],
    at: int,
    parent: int,
    levels_a_trade: int,
) -> int:
    """Trade on candidate `at` in `run`, alone, until all is complete; note what it came to."""
    used = memory.used[0]
    if used == len(memory.outcomes) or memory.used[1] + len(run.taken) > len(memory.left):
        return -1
    cycle, t = candidates[at].cycle, candidates[at].t
    put_back(memory, run, places, parent)
    put_books(run, places, candidates, at)
    capital = memory.walks[at].capital
    walk(run, 0, cycle, capital)
    start_trade(run, 0, cycle, capital, t)
    if not catch_up(run, places, _NEVER, levels_a_trade):
        return -1
    settle_offers(run, places)
    found = memory.outcomes[used]
    found.parent = parent
    found.next = memory.walks[at].first
    memory.walks[at].first = used
    memory.used[0] += 1
    note_trade(memory, run, used)
    note_left(memory, run, places, used)
    return used


@compiled
def note_trade(memory: Outcomes, run: Run, outcome: int) -> None:
    """Write down what the one trade of `run` came to."""
    found, trade = memory.outcomes[outcome], run.trades[0]
    found.status = trade.status
    found.completed = trade.completed
    found.is_unsold = trade.is_unsold
    found.pnl = trade.pnl
    found.fees = trade.fees
    found.residual = trade.residual
    found.unsold = trade.unsold
    for k in range(3):
        found.hold[k] = trade.hold[k]
    found.legs = 0
    for at in range(run.totals[0].orders):
        if run.orders[at].leg < CLOSE_OUT:
            found.ratio[found.legs] = run.orders[at].ratio
            found.arrival[found.legs] = run.orders[at].t
            found.legs += 1


@compiled
def note_left(memory: Outcomes, run: Run, places: Places, outcome: int) -> None:
    """Write down what is missing from the books, by own fills, when all is complete."""
    found = memory.outcomes[outcome]
    found.left_from = memory.used[1]
    for symbol in range(len(run.symbols)):
        entry = run.symbols[symbol].taken
        while entry >= 0:
            row = memory.left[memory.used[1]]
            row.symbol = symbol
            row.place = places.at[symbol]
            row.side = run.taken[entry].side
            row.price = run.taken[entry].price
            row.taken = run.taken[entry].taken
            row.first = run.taken[entry].first
            memory.used[1] += 1
            entry = run.taken[entry].next
    found.left_to = memory.used[1]
    found.dirty_until = found.completed
    found.clean_from = _NEVER if found.left_to > found.left_from else found.completed


@compiled
def put_back(memory: Outcomes, run: Run, places: Places, outcome: int) -> None:
    """Go back to when `outcome` was complete, -1: to before any; no trade is under way."""
    totals = run.totals[0]
    totals.trades, totals.orders, totals.in_flight = 0, 0, 0
    totals.pending, totals.offers = 0, 0
    totals.taken_used, totals.taken_free, totals.taken_spare = 0, -1, 0
    for asset in range(len(run.balances)):
        run.balances[asset] = 0.0
    forget_books(run, places)
    if outcome < 0:
        return
    for at in range(memory.outcomes[outcome].left_from, memory.outcomes[outcome].left_to):
        left = memory.left[at]
        put_in_force(run, places, left.symbol, left.place)
        entry = run.taken[totals.taken_used]
        entry.side = left.side
        entry.price = left.price
        entry.taken = left.taken
        entry.first = left.first
        entry.next = run.symbols[left.symbol].taken
        run.symbols[left.symbol].taken = totals.taken_used
        totals.taken_used += 1


@compiled
def is_clean(memory: Outcomes, run: Run, places: Places, outcome: int, t: int) -> bool:
    """Return whether nothing is missing any more at `t` of what was when `outcome` was complete."""
    found = memory.outcomes[outcome]
    if t >= found.clean_from:
        return True
    if t <= found.dirty_until:
        return False
    put_back(memory, run, places, outcome)
    clean_from = found.completed
    for symbol in range(len(run.symbols)):
        place, stop = places.at[symbol], places.first[symbol + 1]
        while run.symbols[symbol].taken >= 0:
            place += 1
            if place >= stop or run.tape.time_us[places.rows[place]] > t:
                found.dirty_until = t
                return False
            replenish(run, symbol, places.rows[place])
            clean_from = max(clean_from, run.tape.time_us[places.rows[place]])
    found.clean_from = clean_from
    return True
