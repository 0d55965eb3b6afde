"""The account: free balances, fees paid and the trades that are done (section 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.backtesting.engine.twin.cycles import Leg
    from tests.backtesting.engine.twin.market import Market
    from tests.backtesting.engine.twin.trade import Trade


class Values(Protocol):
    """Whoever can say what a trade's left-over is worth in its start asset."""

    def value(self, trade: Trade, leg: Leg) -> float: ...


class Account:
    def __init__(self, balances: Mapping[str, float], market: Market) -> None:
        self.free = {asset: float(amount) for asset, amount in balances.items()}
        self.fees_paid = 0.0
        self.residual_value = 0.0
        self.unsold_value = 0.0
        self.completed: list[Trade] = []
        self._market = market

    def pay_in(self, asset: str, amount: float) -> None:
        self.free[asset] = self.free.get(asset, 0.0) + amount

    def book(
        self, trade: Trade, leg: Leg, filled: float, money: float, row: dict[str, Any]
    ) -> None:
        """Book a fill: the trade's holdings, its fee as marked now, its row."""
        fee = trade.move(leg, filled, money)
        self.fees_paid += fee * (self._market.mark(leg.pair.quote) or 0.0)
        row |= {"symbol": leg.pair.symbol, "side": leg.side}
        trade.orders.append(row | {"filled": filled, "money": money, "fee": fee})

    def complete(self, trade: Trade, at: int, values: Values) -> None:
        """Settle a trade that is over: its P&L, and all it holds back to the free balances."""
        start = trade.cycle.assets[0]
        dust = unsold = 0.0
        for leg in trade.cycle.back:
            value = values.value(trade, leg)
            if leg in trade.on_offer:
                unsold += value
            else:
                dust += value
        mark = self._market.mark(start) or 0.0
        trade.pnl = (trade.held[start] + dust + unsold - trade.capital) * mark
        trade.completed = at
        trade.is_unsold = bool(trade.on_offer)
        self.residual_value += dust * mark
        self.unsold_value += unsold * mark
        for asset, amount in trade.held.items():
            self.pay_in(asset, amount)
        self.completed.append(trade)
