"""The modeled fills: the books at detection, a fixed fill ratio, conversions (section 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.backtesting.engine.twin.levels import take_budget, take_quantity
from tests.backtesting.engine.twin.trade import Fill

if TYPE_CHECKING:
    from tests.backtesting.engine.twin.account import Account
    from tests.backtesting.engine.twin.cycles import Leg
    from tests.backtesting.engine.twin.market import Book, Event
    from tests.backtesting.engine.twin.settings import Settings
    from tests.backtesting.engine.twin.trade import Trade


class Modeled:
    def __init__(self, settings: Settings, account: Account) -> None:
        self._ratio = max(0.85, 1.0 - settings.slippage_bps / 10000.0 * 8.0)
        self._account = account

    def see(self, event: Event) -> None:
        """Do nothing: modeled fills deplete nothing."""

    def fill(self, trade: Trade, leg: Leg, _sent: float) -> Fill:
        levels = trade.books[leg.pair.symbol].facing(leg.side)
        amount = trade.held[leg.source]
        if leg.side == "sell":
            ordered = leg.pair.floor_lot(amount)
            taken = take_quantity(levels, ordered)
            if taken.is_short:
                ordered = taken.quantity
        else:
            ordered = leg.pair.floor_lot(take_budget(levels, amount / leg.gain).quantity)
        filled = leg.pair.floor_lot(ordered * self._ratio)
        money = take_quantity(levels, filled).money
        return Fill(ordered=ordered, filled=filled, money=money, ratio=self._ratio)

    def settle(self, trade: Trade, at: int) -> None:
        """Convert what is left of the second and third assets, whatever its size."""
        for leg in trade.cycle.back:
            amount = trade.held[leg.source]
            book = trade.books[leg.pair.symbol]
            money = _conversion_money(leg, amount, book)
            if amount > 0 and money is not None:
                filled = amount if leg.side == "sell" else book.fetches(leg, amount)
                self._account.book(trade, leg, filled, money, {"leg": "conversion", "t": at})
                trade.held[leg.source] = 0.0

    def value(self, trade: Trade, leg: Leg) -> float:
        """Return 0: what could not be converted is worth nothing."""
        return 0.0

    def close_out(self, trade: Trade, leg: Leg, at: int) -> None:
        """Do nothing: a modeled trade has nothing on offer."""


def _conversion_money(leg: Leg, amount: float, book: Book) -> float | None:
    """Return proceeds or cost before the fee, None where no price was ever seen."""
    if leg.side == "sell":
        return None if book.seen_bid is None else amount * book.seen_bid
    return None if book.seen_ask is None else amount / leg.gain
