"""A trade's story: what each leg met and took, and why P&L is not what was expected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from backtesting.analysis.parts import ChargedLeg, LegFill, Part, legs_of, parts_of
from backtesting.engine.kernel import layout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backtesting.engine.tables import ReplayTables

_STATUS: Final = {layout.MISSED: "missed", layout.FAILED: "failed", layout.EXECUTED: "executed"}
_KINDS: Final = {layout.CLOSE_OUT: "close-out", layout.CONVERSION: "conversion"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderLevel:
    """A recorded level that an order met, and how much of it was taken."""

    price: float
    quantity: float
    taken: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStory:
    """One order: `leg` 1-3, 4 a close-out take, 5 a conversion; prices in the pairing's quote.

    `expected_price`, `worst_price`, `ordered` and `ratio` are None but for legs, `limit_price` but
    for legs of replayed fills; `achieved_price` is None where nothing was filled. `price_cost` is
    how much worse than expected the price was, as a fraction, negative where it was better; None
    where either price is.
    """

    leg: int
    symbol: str
    is_buy: bool
    time_us: int
    after_us: int
    ordered: float | None
    filled: float
    ratio: float | None
    money: float
    fee: float
    expected_price: float | None
    worst_price: float | None
    limit_price: float | None
    achieved_price: float | None
    price_cost: float | None
    ladder: tuple[LadderLevel, ...]

    @property
    def after_ms(self) -> float:
        return self.after_us / 1000

    @property
    def kind(self) -> str:
        return _KINDS.get(self.leg, f"leg {self.leg}")

    @property
    def base(self) -> str:
        return self.symbol.partition("/")[0]

    @property
    def quote(self) -> str:
        return self.symbol.partition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegStory:
    """A leg from `source` to `target`; `order` is None where it was not sent."""

    number: int
    source: str
    target: str
    symbol: str
    is_buy: bool
    order: OrderStory | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeStory:
    """One trade told; amounts in quote_asset at the mark of completion, capital in `cycle[0]`.

    `orders` are all in the order they were worked off, `legs` always three, `after` the orders
    that sold what was left over.
    """

    n: int
    cycle: tuple[str, str, str]
    status: str
    time_us: int
    completed_us: int
    capital: float
    mark: float
    expected_return: float
    expected_pnl: float
    pnl: float
    fees: float
    dust: float
    unsold: float
    is_unsold: bool
    orders: tuple[OrderStory, ...]
    legs: tuple[LegStory, ...]
    after: tuple[OrderStory, ...]
    parts: tuple[Part, ...]

    @property
    def took_ms(self) -> float:
        return (self.completed_us - self.time_us) / 1000


def tell_story(
    tables: ReplayTables, n: int, fees: Mapping[str, float], slippage: float | None = None
) -> TradeStory:
    """Return the story of trade `n` (from 1); `fees` are taker fractions by symbol.

    `slippage` is the fraction by which a limit is worse than the worst expected price; None where
    the fills know no limits.

    Raises IndexError where there is no such trade.
    """
    if not 1 <= n <= len(tables.trades):
        raise IndexError(f"there is no trade {n}; there are {len(tables.trades)}")
    trade = tables.trades[n - 1]
    rows = np.flatnonzero(tables.orders["trade"] == n - 1)
    orders = tuple(_tell_order(tables, int(row), trade, slippage) for row in rows)
    cycle = tables.cycles[trade["cycle"]]
    legs = legs_of(cycle, tables.symbols, fees)
    sent = {order.leg: order for order in orders}
    fills = {leg: LegFill(quantity=order.filled, money=order.money) for leg, order in sent.items()}
    return TradeStory(
        n=n,
        cycle=cycle,
        status=_STATUS[int(trade["status"])],
        time_us=int(trade["t"]),
        completed_us=int(trade["completed"]),
        capital=float(trade["capital"]),
        mark=float(trade["mark"]),
        expected_return=float(trade["expected"]),
        expected_pnl=float(trade["expected"] * trade["capital"] * trade["mark"]),
        pnl=float(trade["pnl"]),
        fees=float(trade["fees"]),
        dust=float(trade["residual"]),
        unsold=float(trade["unsold"]),
        is_unsold=bool(trade["is_unsold"]),
        orders=orders,
        legs=tuple(_tell_leg(k, leg, sent.get(k)) for k, leg in enumerate(legs, 1)),
        after=tuple(order for order in orders if order.leg >= layout.CLOSE_OUT),
        parts=parts_of(trade, legs, fills),
    )


def _tell_leg(number: int, leg: ChargedLeg, order: OrderStory | None) -> LegStory:
    return LegStory(
        number=number,
        source=leg.source,
        target=leg.target,
        symbol=leg.symbol,
        is_buy=leg.is_buy,
        order=order,
    )


def _tell_order(
    tables: ReplayTables, row: int, trade: np.void, slippage: float | None
) -> OrderStory:
    order = tables.orders[row]
    leg = int(order["leg"])
    is_leg = leg < layout.CLOSE_OUT
    is_buy = bool(order["side"] == layout.BUY)
    takes = tables.takes[tables.takes["order"] == row]
    taken = {float(take["price"]): float(take["quantity"]) for take in takes}
    filled, money = float(order["filled"]), float(order["money"])
    expected = float(trade["price"][leg - 1]) if is_leg else None
    achieved = money / filled if filled else None
    worst = float(trade["worst"][leg - 1]) if is_leg else None
    worsened = slippage if is_buy or slippage is None else -slippage
    return OrderStory(
        leg=leg,
        symbol=tables.symbols[order["symbol"]],
        is_buy=is_buy,
        time_us=int(order["t"]),
        after_us=int(order["t"] - trade["t"]),
        ordered=float(order["ordered"]) if is_leg else None,
        filled=filled,
        ratio=float(order["ratio"]) if is_leg else None,
        money=money,
        fee=float(order["fee"]),
        expected_price=expected,
        worst_price=worst,
        limit_price=None if worst is None or worsened is None else worst * (1.0 + worsened),
        achieved_price=achieved,
        price_cost=_price_cost(expected, achieved, is_buy=is_buy),
        ladder=_ladder(tables, row, taken),
    )


def _price_cost(expected: float | None, achieved: float | None, *, is_buy: bool) -> float | None:
    if not expected or not achieved:
        return None
    change = achieved / expected - 1.0
    return change if is_buy else -change


def _ladder(
    tables: ReplayTables, row: int, taken: Mapping[float, float]
) -> tuple[LadderLevel, ...]:
    if row >= len(tables.ladders):
        return ()
    ladder = tables.ladders[row]
    return tuple(
        LadderLevel(price=price, quantity=quantity, taken=taken.get(price, 0.0))
        for price, quantity in zip(
            ladder["price"].tolist(), ladder["quantity"].tolist(), strict=True
        )
        if price > 0
    )
