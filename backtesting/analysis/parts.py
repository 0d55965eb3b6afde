"""Why a trade's P&L is not what was expected, in parts that add up.

The difference is told leg by leg. Before leg k the trade is worth what its holdings would bring
at the expected prices of the legs that are still to come; after it, likewise. What the leg
changed of that worth is its part, in two: what it took less (or more) than the walk at the
expected price, and what the price it got cost or brought. The close-out's part is what the
leftovers fetched less what they were expected to; cutting to lots is the walk's own. The parts
telescope, so that expected P&L plus all parts is the P&L.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the difference between expected and achieved P&L, in quote_asset."""

    words: str
    amount: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LegFill:
    """What a leg filled: base quantity, and money in the quote asset before the fee."""

    quantity: float
    money: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargedLeg:
    """A leg of a cycle with its taker fee as a fraction."""

    source: str
    target: str
    symbol: str
    is_buy: bool
    fee: float

    def convert(self, amount: float, price: float) -> float:
        """Return what `amount` of the source asset brings of the target at `price`, after fees."""
        if self.is_buy:
            return amount / (price * (1.0 + self.fee))
        return amount * price * (1.0 - self.fee)


def legs_of(
    cycle: tuple[str, str, str], symbols: Sequence[str], fees: Mapping[str, float]
) -> tuple[ChargedLeg, ...]:
    """Return the three legs of a cycle, over the pairings that are among the symbols."""
    legs = []
    for source, target in zip(cycle, (*cycle[1:], cycle[0]), strict=True):
        is_buy = f"{source}/{target}" not in symbols
        symbol = f"{target}/{source}" if is_buy else f"{source}/{target}"
        legs.append(
            ChargedLeg(source=source, target=target, symbol=symbol, is_buy=is_buy, fee=fees[symbol])
        )
    return tuple(legs)


def parts_of(
    trade: np.void, legs: Sequence[ChargedLeg], fills: Mapping[int, LegFill]
) -> tuple[Part, ...]:
    """Return the parts of a trade's P&L less the expected one; `fills` by leg from 1."""
    prices = [float(price) for price in trade["price"]]
    held = [float(trade["capital"]), 0.0, 0.0]
    worth = held[0]
    for leg, price in zip(legs, prices, strict=True):
        worth = leg.convert(worth, price)
    promised = float(trade["capital"] * (1.0 + trade["expected"]))
    steps = [("cutting to lots, as the walk did", worth - promised)]
    for k, leg in enumerate(legs):
        fill = fills.get(k + 1)
        if fill is None:
            continue
        before, as_expected = worth, list(held)
        _book(as_expected, k, leg, LegFill(quantity=fill.quantity, money=fill.quantity * prices[k]))
        _book(held, k, leg, fill)
        meant, worth = _worth(as_expected, legs, prices), _worth(held, legs, prices)
        steps.append((f"leg {k + 1}: filled less or more than the walk", meant - before))
        steps.append((f"leg {k + 1}: price against the expected", worth - meant))
    end = float(trade["capital"] + trade["pnl"] / trade["mark"]) if trade["mark"] else worth
    steps.append(("what was left over: close-out, dust, unsold", end - worth))
    return tuple(Part(words=words, amount=gain * float(trade["mark"])) for words, gain in steps)


def _book(held: list[float], k: int, leg: ChargedLeg, fill: LegFill) -> None:
    takes = fill.money * (1.0 + leg.fee) if leg.is_buy else fill.quantity
    held[k] = max(0.0, held[k] - takes)
    held[(k + 1) % 3] += fill.quantity if leg.is_buy else fill.money * (1.0 - leg.fee)


def _worth(held: Sequence[float], legs: Sequence[ChargedLeg], prices: Sequence[float]) -> float:
    """Return what is held in the start asset, the rest at the expected prices of legs to come."""
    third = held[2] + legs[1].convert(held[1], prices[1])
    return held[0] + legs[2].convert(third, prices[2])
