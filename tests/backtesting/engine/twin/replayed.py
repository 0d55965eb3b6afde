"""The replayed fills: limit orders on the book in force, own fills deplete (section 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.backtesting.engine.twin.levels import held_by, take_budget, take_quantity, take_within
from tests.backtesting.engine.twin.own_fills import OwnFills
from tests.backtesting.engine.twin.trade import Fill

if TYPE_CHECKING:
    from tests.backtesting.engine.twin.account import Account
    from tests.backtesting.engine.twin.cycles import Leg
    from tests.backtesting.engine.twin.market import Event, Levels, Market
    from tests.backtesting.engine.twin.settings import Settings
    from tests.backtesting.engine.twin.trade import Trade


class Replayed:
    def __init__(self, settings: Settings, account: Account, market: Market) -> None:
        self._slippage = settings.slippage_bps / 10000.0
        self._depth = settings.max_depth_levels
        self._account = account
        self._market = market
        self._own = OwnFills()

    def see(self, event: Event) -> None:
        self._own.see(event)

    def fill(self, trade: Trade, leg: Leg, sent: float) -> Fill:
        levels = self._within_limit(leg, trade.walk.legs[trade.leg - 1].worst_price)
        if leg.side == "sell":
            taken = take_quantity(levels, sent)
        else:
            taken = take_within(levels, sent, trade.held[leg.source] / leg.gain)
        filled = leg.pair.floor_lot(taken.quantity)
        money = self._take(leg, filled, levels)
        return Fill(ordered=sent, filled=filled, money=money, ratio=filled / sent)

    def settle(self, trade: Trade, at: int) -> None:
        """Offer what is left of the second and third assets, the second's first."""
        trade.on_offer = [leg for leg in trade.cycle.back if not self._is_dust(trade, leg)]

    def close_out(self, trade: Trade, leg: Leg, at: int) -> None:
        """Take from the book in force what it buys; off the offer goes what is dust then."""
        levels = self._levels_left(leg)
        amount = trade.held[leg.source]
        if leg.side == "sell":
            quantity = leg.pair.floor_lot(min(leg.pair.floor_lot(amount), held_by(levels)))
        else:
            quantity = leg.pair.floor_lot(take_budget(levels, amount / leg.gain).quantity)
        if quantity > 0:
            money = self._take(leg, quantity, levels)
            self._account.book(trade, leg, quantity, money, {"leg": "close-out", "t": at})
        if self._is_dust(trade, leg):
            trade.on_offer.remove(leg)

    def value(self, trade: Trade, leg: Leg) -> float:
        """Return what dust or an unsold rest would fetch at the price last seen."""
        amount = trade.held[leg.source]
        return self._market.books[leg.pair.symbol].fetches(leg, amount)

    def _levels_left(self, leg: Leg) -> Levels:
        recorded = self._market.books[leg.pair.symbol].facing(leg.side)
        return self._own.left(leg.pair.symbol, leg.side, recorded)

    def _within_limit(self, leg: Leg, worst_price: float) -> Levels:
        levels = self._levels_left(leg)[: self._depth]
        if leg.side == "sell":
            limit = worst_price * (1.0 - self._slippage)
            return [level for level in levels if level[0] >= limit]
        limit = worst_price * (1.0 + self._slippage)
        return [level for level in levels if level[0] <= limit]

    def _take(self, leg: Leg, quantity: float, levels: Levels) -> float:
        """Take exactly `quantity` from `levels`; return its cost or proceeds."""
        taken = take_quantity(levels, quantity)
        recorded = self._market.books[leg.pair.symbol].facing(leg.side)
        self._own.note(leg.pair.symbol, leg.side, taken, recorded)
        return taken.money

    def _is_dust(self, trade: Trade, leg: Leg) -> bool:
        """Tell whether what is left misses the pairing's own minimums at the price last seen."""
        book, amount = self._market.books[leg.pair.symbol], trade.held[leg.source]
        price = book.seen_bid if leg.side == "sell" else book.seen_ask
        if price is None:
            return True
        if leg.side == "sell":
            lots, worth = leg.pair.floor_lot(amount), amount * price
        else:
            worth = amount / leg.gain
            lots = leg.pair.floor_lot(worth / price)
        return lots < leg.pair.order_min or lots == 0.0 or worth < leg.pair.cost_min
