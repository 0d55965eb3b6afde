"""Taking from the levels of one side of a book, best first (section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.backtesting.engine.twin.market import Levels

# What remains of a want is nothing when it is at most this share of it.
NOTHING = 1e-12


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken of which level, as (price, quantity), and whether more was wanted."""

    levels: Levels
    quantity: float
    is_short: bool

    @property
    def money(self) -> float:
        return sum((price * quantity for price, quantity in self.levels), start=0.0)

    @property
    def worst_price(self) -> float:
        return self.levels[-1][0] if self.levels else 0.0


def held_by(levels: Levels) -> float:
    return sum((quantity for _, quantity in levels), start=0.0)


def take_quantity(levels: Levels, wanted: float) -> Taken:
    left = wanted
    taken = []
    for price, offered in levels:
        if left <= wanted * NOTHING:
            break
        quantity = min(offered, left)
        taken.append((price, quantity))
        left -= quantity
    is_short = left > wanted * NOTHING
    # What remains is nothing, so what was wanted was taken: adding up the levels instead could
    # end a rounding error below it, and lose a lot of a large quantity.
    return Taken(taken, held_by(taken) if is_short else wanted, is_short)


def take_budget(levels: Levels, budget: float) -> Taken:
    """Take until the cost reaches `budget`, the last level in part."""
    left = budget
    taken = []
    for price, offered in levels:
        if left <= budget * NOTHING:
            break
        quantity = min(offered, left / price)
        taken.append((price, quantity))
        left -= quantity * price
    return Taken(taken, held_by(taken), left > budget * NOTHING)


def take_within(levels: Levels, wanted: float, budget: float) -> Taken:
    """Take until the quantity `wanted` or the cost `budget` is reached, whichever is first."""
    by_quantity, by_budget = take_quantity(levels, wanted), take_budget(levels, budget)
    return by_quantity if by_quantity.quantity <= by_budget.quantity else by_budget
