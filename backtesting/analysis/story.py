"""A trade's story: what each leg met and took, and why P&L is not what was expected.

The difference is told leg by leg. Before leg k the trade is worth what its holdings would bring
at the expected prices of the legs that are still to come; after it, likewise. What the leg
changed of that worth is its part; the close-out's part is what the leftovers fetched less what
they were expected to; cutting to lots is the walk's own. The parts telescope, so that expected
P&L plus all parts is the P&L.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from backtesting.engine.kernel import layout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from backtesting.engine.tables import ReplayTables


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderLevel:
    """A recorded level that an order met, and how much of it was taken."""

    price: float
    quantity: float
    taken: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStory:
    """One order: `leg` 1-3, 4 a close-out take, 5 a conversion; prices in the pairing's quote.

    `expected_price`, `limit_price` and `ordered` are None but for legs; `achieved_price` is None
    where nothing was filled.
    """

    leg: int
    symbol: str
    is_buy: bool
    time_us: int
    after_us: int
    ordered: float | None
    filled: float
    money: float
    fee: float
    expected_price: float | None
    worst_price: float | None
    achieved_price: float | None
    ladder: tuple[LadderLevel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the difference between expected and achieved P&L, in quote_asset."""

    words: str
    amount: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeStory:
    """One trade told; amounts in quote_asset at the mark of completion."""

    n: int
    cycle: tuple[str, str, str]
    expected_pnl: float
    pnl: float
    orders: tuple[OrderStory, ...]
    parts: tuple[Part, ...]


def tell_story(tables: ReplayTables, n: int, fees: Mapping[str, float]) -> TradeStory:
    """Return the story of trade `n` (from 1); `fees` are taker fractions by symbol.

    Raises IndexError where there is no such trade.
    """
    if not 1 <= n <= len(tables.trades):
        raise IndexError(f"there is no trade {n}; there are {len(tables.trades)}")
    trade = tables.trades[n - 1]
    rows = np.flatnonzero(tables.orders["trade"] == n - 1)
    orders = tuple(_tell_order(tables, int(row), trade) for row in rows)
    cycle = tables.cycles[trade["cycle"]]
    parts = _parts(trade, orders, _legs(cycle, tables.symbols, fees))
    expected = float(trade["expected"] * trade["capital"] * trade["mark"])
    return TradeStory(
        n=n,
        cycle=cycle,
        expected_pnl=expected,
        pnl=float(trade["pnl"]),
        orders=orders,
        parts=parts,
    )


def _tell_order(tables: ReplayTables, row: int, trade: np.void) -> OrderStory:
    order = tables.orders[row]
    leg = int(order["leg"])
    is_leg = leg < layout.CLOSE_OUT
    takes = tables.takes[tables.takes["order"] == row]
    taken = {float(take["price"]): float(take["quantity"]) for take in takes}
    filled, money = float(order["filled"]), float(order["money"])
    return OrderStory(
        leg=leg,
        symbol=tables.symbols[order["symbol"]],
        is_buy=bool(order["side"] == layout.BUY),
        time_us=int(order["t"]),
        after_us=int(order["t"] - trade["t"]),
        ordered=float(order["ordered"]) if is_leg else None,
        filled=filled,
        money=money,
        fee=float(order["fee"]),
        expected_price=float(trade["price"][leg - 1]) if is_leg else None,
        worst_price=float(trade["worst"][leg - 1]) if is_leg else None,
        achieved_price=money / filled if filled else None,
        ladder=_ladder(tables, row, taken),
    )


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leg:
    is_buy: bool
    fee: float

    def convert(self, amount: float, price: float) -> float:
        """Return what `amount` of the source asset brings of the target at `price`, after fees."""
        if self.is_buy:
            return amount / (price * (1.0 + self.fee))
        return amount * price * (1.0 - self.fee)


def _legs(
    cycle: tuple[str, str, str], symbols: Sequence[str], fees: Mapping[str, float]
) -> tuple[_Leg, ...]:
    legs = []
    for source, target in zip(cycle, (*cycle[1:], cycle[0]), strict=True):
        is_buy = f"{source}/{target}" not in symbols
        symbol = f"{target}/{source}" if is_buy else f"{source}/{target}"
        legs.append(_Leg(is_buy=is_buy, fee=fees[symbol]))
    return tuple(legs)


def _parts(trade: np.void, orders: Sequence[OrderStory], legs: Sequence[_Leg]) -> tuple[Part, ...]:
    prices = [float(price) for price in trade["price"]]
    held = [float(trade["capital"]), 0.0, 0.0]
    worth = held[0]
    for leg, price in zip(legs, prices, strict=True):
        worth = leg.convert(worth, price)
    promised = float(trade["capital"] * (1.0 + trade["expected"]))
    steps = [("cutting to lots, as the walk did", worth - promised)]
    for k, leg in enumerate(legs):
        before = worth
        for order in orders:
            if order.leg == k + 1:
                _book(held, k, leg, order)
                worth = _worth(held, legs, prices)
        steps.append((f"leg {k + 1}: price and fill against the walk", worth - before))
    end = float(trade["capital"] + trade["pnl"] / trade["mark"]) if trade["mark"] else worth
    steps.append(("what was left over: close-out, dust, unsold", end - worth))
    return tuple(Part(words=words, amount=gain * float(trade["mark"])) for words, gain in steps)


def _book(held: list[float], k: int, leg: _Leg, order: OrderStory) -> None:
    takes = order.money + order.fee if leg.is_buy else order.filled
    held[k] = max(0.0, held[k] - takes)
    held[(k + 1) % 3] += order.filled if leg.is_buy else order.money - order.fee


def _worth(held: Sequence[float], legs: Sequence[_Leg], prices: Sequence[float]) -> float:
    """Return what is held in the start asset, the rest at the expected prices of legs to come."""
    third = held[2] + legs[1].convert(held[1], prices[1])
    return held[0] + legs[2].convert(third, prices[2])
