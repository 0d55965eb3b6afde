"""The walk of a cycle over the books at detection (section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.backtesting.engine.twin.levels import take_budget, take_quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.backtesting.engine.twin.cycles import Cycle, Leg
    from tests.backtesting.engine.twin.market import Book, Levels


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkedLeg:
    """`money` is the cost or the proceeds of `quantity`, before the fee."""

    quantity: float
    money: float
    worst_price: float
    takes: float
    brings: float

    @property
    def price(self) -> float:
        return self.money / self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """`expected` is the walk's return: (a_3 + what leg 1 leaves) / a_0 - 1."""

    legs: tuple[WalkedLeg, WalkedLeg, WalkedLeg]
    expected: float


def walk(cycle: Cycle, capital: float, books: Mapping[str, Book], depth: int) -> Walk | None:
    """Return the walk of `capital` round the cycle, None where a leg runs out of levels."""
    amount = capital
    legs = []
    for leg in cycle.legs:
        walked = _walk_leg(leg, amount, books[leg.pair.symbol].facing(leg.side)[:depth])
        if walked is None:
            return None
        legs.append(walked)
        amount = walked.brings
    rest = capital - legs[0].takes
    return Walk(legs=(legs[0], legs[1], legs[2]), expected=(amount + rest) / capital - 1.0)


def _walk_leg(leg: Leg, amount: float, levels: Levels) -> WalkedLeg | None:
    if leg.side == "sell":
        quantity = leg.pair.floor_lot(amount)
        taken = take_quantity(levels, quantity)
        if taken.is_short:
            return None
        takes, brings = quantity, taken.money * leg.gain
    else:
        reached = take_budget(levels, amount / leg.gain)
        if reached.is_short:
            return None
        quantity = leg.pair.floor_lot(reached.quantity)
        taken = take_quantity(levels, quantity)
        takes, brings = taken.money * leg.gain, quantity
    return WalkedLeg(
        quantity=quantity,
        money=taken.money,
        worst_price=taken.worst_price,
        takes=takes,
        brings=brings,
    )
