from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketdata.books import (
    BOOK_RULES,
    MAX_AMOUNT,
    MAX_LEVELS,
    MIN_AMOUNT,
    BookLevel,
    book_fault,
    suspect_books,
    symbol_fault,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

Side = list[tuple[float, float]]

GOOD: list[tuple[str, Side, Side]] = [
    ("both sides", [(10.0, 1.0), (9.0, 2.0)], [(11.0, 1.0), (12.0, 2.0)]),
    ("no bids", [], [(11.0, 1.0)]),
    ("no asks", [(10.0, 1.0)], []),
    ("nothing", [], []),
    ("the bounds", [(MIN_AMOUNT, MAX_AMOUNT)], [(MAX_AMOUNT, MIN_AMOUNT)]),
    ("the most levels", [(5000.0 - i, 1.0) for i in range(MAX_LEVELS)], []),
]
BAD: list[tuple[str, Side, Side]] = [
    ("too_many_levels", [(5000.0 - i, 1.0) for i in range(MAX_LEVELS + 1)], []),
    ("too_many_levels", [], [(5000.0 + i, 1.0) for i in range(MAX_LEVELS + 1)]),
    ("not_finite", [(math.nan, 1.0)], []),
    ("not_finite", [], [(1.0, math.inf)]),
    ("not_finite", [(10.0, -math.inf)], []),
    ("not_finite", [(10.0, 1.0)], [(math.nan, 1.0)]),
    ("not_positive", [(0.0, 1.0)], []),
    ("not_positive", [], [(1.0, -0.0)]),
    ("not_positive", [(-1.0, 1.0)], [(2.0, 1.0)]),
    ("out_of_bounds", [(math.nextafter(MIN_AMOUNT, 0), 1.0)], []),
    ("out_of_bounds", [], [(1.0, math.nextafter(MAX_AMOUNT, math.inf))]),
    ("duplicate_level", [(10.0, 1.0), (10.0, 2.0)], []),
    ("duplicate_level", [], [(10.0, 1.0), (11.0, 1.0), (11.0, 2.0)]),
    ("unsorted_bids", [(9.0, 1.0), (10.0, 1.0)], [(11.0, 1.0)]),
    ("unsorted_asks", [(9.0, 1.0)], [(12.0, 1.0), (11.0, 1.0)]),
    ("crossed", [(10.0, 1.0)], [(10.0, 1.0)]),
    ("crossed", [(10.5, 1.0), (9.0, 1.0)], [(10.0, 1.0)]),
]

# Few values, so that equal, crossed and unsorted prices are common.
amounts = st.sampled_from(
    [1.0, 2.0, 3.0, 4.0, 0.0, -1.0, MIN_AMOUNT, MAX_AMOUNT, 1e-13, 2e15, math.nan, math.inf]
)
good_amounts = st.floats(0.5, 8)
sides = st.lists(st.tuples(amounts, good_amounts) | st.tuples(good_amounts, amounts), max_size=4)
sorted_asks = st.lists(st.floats(8.5, 16), unique=True, max_size=5).map(
    lambda prices: [(price, 1.0) for price in sorted(prices)]
)
sorted_bids = st.lists(good_amounts, unique=True, max_size=5).map(
    lambda prices: [(price, 1.0) for price in sorted(prices, reverse=True)]
)


def levels_of(side: Side) -> list[BookLevel]:
    return [BookLevel(*level) for level in side]


def suspects(books: Sequence[tuple[Side, Side]]) -> list[bool]:
    levels = [level for bids, asks in books for level in (*bids, *asks)]
    found = suspect_books(
        np.array(levels, np.float64).reshape(-1, 2),
        np.array([len(bids) for bids, _ in books], np.int64),
        np.array([len(asks) for _, asks in books], np.int64),
    )
    return [bool(one) for one in found]


@pytest.mark.parametrize(("name", "bids", "asks"), GOOD)
def test_a_valid_book_has_no_fault(name: str, bids: Side, asks: Side) -> None:
    fault = book_fault(levels_of(bids), levels_of(asks))

    assert fault is None, name
    assert suspects([(bids, asks)]) == [False]


@pytest.mark.parametrize(("code", "bids", "asks"), BAD)
def test_an_invalid_book_has_its_own_code(code: str, bids: Side, asks: Side) -> None:
    fault = book_fault(levels_of(bids), levels_of(asks))

    assert fault is not None
    assert fault.code == code
    assert suspects([(bids, asks)]) == [True]


def test_each_rule_of_the_list_has_a_bad_book() -> None:
    codes = {code for code, _, _ in BAD}

    assert codes | {"bad_symbol"} == set(BOOK_RULES)


def test_the_detail_names_the_value_and_its_place() -> None:
    fault = book_fault([BookLevel(10.0, 1.0), BookLevel(9.0, -2.5)], [])

    assert fault is not None
    assert fault.detail == "quantity -2.5 in level 2 of bids"


@given(st.lists(st.tuples(sides | sorted_bids, sides | sorted_asks), max_size=8))
def test_the_check_of_many_books_agrees_with_the_check_of_one(
    books: list[tuple[Side, Side]],
) -> None:
    one_by_one = [book_fault(levels_of(bids), levels_of(asks)) is not None for bids, asks in books]

    assert suspects(books) == one_by_one


@given(sorted_bids, sorted_asks)
def test_sorted_sides_that_do_not_meet_are_valid(bids: Side, asks: Side) -> None:
    assert book_fault(levels_of(bids), levels_of(asks)) is None


@pytest.mark.parametrize("symbol", ["BTC/USD", "ETH2.S/EUR", "1INCH/USD", "AAPLx/USD", "A-B_c/D"])
def test_a_symbol_of_two_assets_is_taken(symbol: str) -> None:
    assert symbol_fault(symbol) is None


@pytest.mark.parametrize(
    "symbol",
    [
        *("", "BTC", "BTC/BTC", "BTC/USD/EUR", "BTC/USD\n", "<script>/USD", "B" * 99 + "/USD"),
        *("\u0661/USD", "\ud800/USD", None, 5, ["BTC/USD"]),
    ],
)
def test_any_other_symbol_is_refused_in_printable_words(symbol: object) -> None:
    fault = symbol_fault(symbol)

    assert fault is not None
    assert fault.code == "bad_symbol"
    assert fault.detail.isascii()
    assert fault.detail.isprintable()
