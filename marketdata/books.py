"""One book at one time: its levels and what makes it valid (the standard, section 1).

Pure: knows no Django and no file format. Prices are in the pairing's quote asset, quantities in
its base asset, both as doubles. The rules stand here twice: `book_fault` says in plain Python what
is wrong with one book, `suspect_books` says for many books at once, in NumPy, which of them have a
fault. Each rule has a code, `BOOK_RULES` its meaning.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from pairings.rules import is_symbol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MIN_AMOUNT: Final = 1e-12
MAX_AMOUNT: Final = 1e15
MAX_LEVELS: Final = 1_000
_SHOWN: Final = 60

BOOK_RULES: Final = {
    "bad_symbol": "The symbol is not BASE/QUOTE with two different assets.",
    "too_many_levels": f"A side has more than {MAX_LEVELS:,} levels.",
    "not_finite": "A price or quantity is NaN or infinite.",
    "not_positive": "A price or quantity is zero or less.",
    "out_of_bounds": f"A price or quantity does not lie from {MIN_AMOUNT:g} to {MAX_AMOUNT:g}.",
    "duplicate_level": "Two neighboring levels of a side have the same price.",
    "unsorted_bids": "The bids do not fall strictly in price, best first.",
    "unsorted_asks": "The asks do not rise strictly in price, best first.",
    "crossed": "The best bid is not below the best ask.",
}


class BookLevel(NamedTuple):
    price: float
    quantity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong: the code of the first rule that is broken, and a line naming the value."""

    code: str
    detail: str


def shown(value: object) -> str:
    """Return a short printable form of anything a source may hold."""
    text = ascii(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def symbol_fault(symbol: object) -> Fault | None:
    """Return what is wrong with a symbol, None if nothing is."""
    # Exactly str: a parser may hand over a number as a kind of text.
    if type(symbol) is str and is_symbol(symbol):
        return None
    return Fault(
        code="bad_symbol",
        detail=f"symbol {shown(symbol)} is not BASE/QUOTE with two assets, such as BTC/USD",
    )


def book_fault(bids: Sequence[BookLevel], asks: Sequence[BookLevel]) -> Fault | None:
    """Return the first fault of one book, None if it is valid.

    The order: counts, then numbers, then the order of the levels, bids before asks each time, and
    at last the touch. A side may be empty.
    """
    sides = (("bids", bids), ("asks", asks))
    for check in (_count_fault, _number_fault, _order_fault):
        for side, levels in sides:
            if fault := check(side, levels):
                return fault
    if bids and asks and bids[0].price >= asks[0].price:
        return Fault(
            code="crossed",
            detail=f"best bid {bids[0].price!r} is not below best ask {asks[0].price!r}",
        )
    return None


def _count_fault(side: str, levels: Sequence[BookLevel]) -> Fault | None:
    if len(levels) <= MAX_LEVELS:
        return None
    return Fault(
        code="too_many_levels",
        detail=f"{len(levels):,} {side}; at most {MAX_LEVELS:,} levels a side",
    )


def _number_fault(side: str, levels: Sequence[BookLevel]) -> Fault | None:
    for place, level in enumerate(levels, 1):
        for name, value in (("price", level.price), ("quantity", level.quantity)):
            if code := _number_code(value):
                return Fault(code=code, detail=f"{name} {value!r} in level {place} of {side}")
    return None


def _number_code(value: float) -> str | None:
    if not math.isfinite(value):
        return "not_finite"
    if value <= 0:
        return "not_positive"
    return None if MIN_AMOUNT <= value <= MAX_AMOUNT else "out_of_bounds"


def _order_fault(side: str, levels: Sequence[BookLevel]) -> Fault | None:
    for place in range(1, len(levels)):
        better, worse = levels[place - 1].price, levels[place].price
        if better == worse:
            return Fault(
                code="duplicate_level",
                detail=f"price {worse!r} in levels {place} and {place + 1} of {side}",
            )
        if (better > worse) != (side == "bids"):
            return Fault(
                code=f"unsorted_{side}",
                detail=f"level {place + 1} of {side} at {worse!r} comes after {better!r}",
            )
    return None


def suspect_books(
    levels: NDArray[np.float64],
    bid_count: NDArray[np.integer],
    ask_count: NDArray[np.integer],
) -> NDArray[np.bool_]:
    """Return for each of `n` books whether `book_fault` would find a fault.

    `levels` (L, 2): price and quantity of each book's bids, then its asks; the counts are (n,).
    """
    per_side = np.column_stack((bid_count, ask_count)).astype(np.int64).ravel()
    ends = np.cumsum(per_side)
    suspect = (per_side[0::2] > MAX_LEVELS) | (per_side[1::2] > MAX_LEVELS)
    within = (levels >= MIN_AMOUNT) & (levels <= MAX_AMOUNT)
    bad_level = ~(within[:, 0] & within[:, 1]) | _out_of_order(levels[:, 0], per_side, ends)
    bad_places = np.flatnonzero(bad_level)
    suspect[np.searchsorted(ends[1::2], bad_places, side="right")] = True

    both = np.flatnonzero((per_side[0::2] > 0) & (per_side[1::2] > 0))
    best_bid = levels[ends[0::2][both] - per_side[0::2][both], 0]
    best_ask = levels[ends[0::2][both], 0]
    suspect[both] |= ~(best_bid < best_ask)
    return suspect


def _out_of_order(
    price: NDArray[np.float64], per_side: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return for each level whether it is not strictly worse than the one before on its side."""
    wrong = np.zeros(len(price), np.bool_)
    if len(price) < 2:  # noqa: PLR2004 -- a single level has none before it
        return wrong
    is_ask = np.repeat(np.arange(len(per_side)) % 2 == 1, per_side)[1:]
    wrong[1:] = ~np.where(is_ask, price[1:] > price[:-1], price[1:] < price[:-1])
    starts = (ends - per_side)[per_side > 0]
    wrong[starts] = False
    return wrong
