"""One trade: what it holds, the orders it has sent and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.backtesting.engine.twin.cycles import Cycle, Leg
    from tests.backtesting.engine.twin.market import Book
    from tests.backtesting.engine.twin.walk import Walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """What a leg's order came to; `money` is its cost or proceeds before the fee."""

    ordered: float
    filled: float
    money: float
    ratio: float


@dataclass(slots=True, kw_only=True)
class Trade:
    """`books` are those at detection, `held` what the trade holds now, by asset.

    `leg` is the last one sent, from 1 (0: none), and `sent` its order quantity; `arrives` is when
    it does or, once `status` is set, when the close-out does. `is_waiting` holds from then on.
    """

    n: int
    t: int
    cycle: Cycle
    capital: float
    walk: Walk
    books: dict[str, Book]
    held: dict[str, float]
    leg: int = 0
    sent: float = 0.0
    arrives: int = 0
    tau_last: int = 0
    status: str = ""
    on_offer: list[Leg] = field(default_factory=list)
    is_waiting: bool = False
    is_unsold: bool = False
    pnl: float = 0.0
    completed: int = 0
    orders: list[dict[str, Any]] = field(default_factory=list)

    def move(self, leg: Leg, filled: float, money: float) -> float:
        """Book a fill of `leg`; return its fee, in the pairing's quote asset."""
        fee = money * leg.pair.fee
        if leg.side == "sell":
            takes, brings = filled, money * leg.gain
        else:
            takes, brings = money * leg.gain, filled
        self.held[leg.source] = max(0.0, self.held[leg.source] - takes)
        self.held[leg.target] += brings
        return fee

    def order_size(self) -> float | None:
        """Return the next leg's order quantity, None where it misses a minimum (section 7)."""
        leg, walked = self.cycle.legs[self.leg], self.walk.legs[self.leg]
        amount = self.held[leg.source]
        if leg.side == "sell":
            quantity = leg.pair.floor_lot(amount)
            worth = amount * walked.price
        else:
            worth = amount / leg.gain
            quantity = leg.pair.floor_lot(worth / walked.price)
        is_too_small = worth < leg.pair.cost_min or quantity < leg.pair.least or quantity <= 0.0
        return None if is_too_small else quantity

    def row(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "t": self.t,
            "cycle": list(self.cycle.assets),
            "status": self.status,
            "capital": self.capital,
            "expected": self.walk.expected,
            "pnl": self.pnl,
            "completed": self.completed,
            "orders": self.orders,
        }
