"""Starting balances and minimums as a trader writes them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtesting.engine.balances import parse_minimums
from backtesting.replay import ReplayError
from backtesting.runner import _parse_balances


@pytest.mark.parametrize(
    ("text", "balances"),
    [
        ("USD=1000", {"USD": 1000.0}),
        (" USD = 1000 , BTC=0.1 ", {"USD": 1000.0, "BTC": 0.1}),
        ("1INCH=1e3", {"1INCH": 1000.0}),
        ("USD=0", {"USD": 0.0}),
    ],
)
def test_amounts_are_read_by_asset(text: str, balances: dict[str, float]) -> None:
    assert _parse_balances(text) == balances


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "USD",
        "USD=",
        "=5",
        "USD=1,",
        "USD=x",
        "USD=-1",
        "USD=inf",
        "USD=1_0",
        "A=1,A=1",
        "<b>=1",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ReplayError):
        _parse_balances(text)


def test_what_is_no_asset_is_named() -> None:
    with pytest.raises(ReplayError, match="'BTC/USD' is no asset; write its name, such as USD"):
        _parse_balances("BTC/USD=1")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("abc", "'abc' is no minimum; write SYMBOL=QUANTITY, such as BTC/USD=0.0001"),
        ("USD=1", "'USD' is no symbol; write BASE/QUOTE, such as BTC/USD"),
        ("BTC/USD=x", "the minimum of BTC/USD is 'x'; it must be a number from 0 up"),
        ("BTC/USD=1,BTC/USD=2", "the minimum of BTC/USD is given twice; give it once"),
    ],
)
def test_minimums_are_refused_in_words_of_their_own(text: str, words: str) -> None:
    with pytest.raises(ReplayError) as refused:
        parse_minimums(text)

    assert str(refused.value) == words


def test_minimums_are_read_by_symbol() -> None:
    assert parse_minimums("BTC/USD=0.0001, ETH/BTC=1") == {"BTC/USD": 0.0001, "ETH/BTC": 1.0}


@given(st.text(max_size=30) | st.from_regex(r"[A-Z]{3}=[0-9.e+-]{1,8}", fullmatch=True))
def test_it_gives_finite_amounts_or_refuses_in_a_line(text: str) -> None:
    try:
        said = ""
        balances = _parse_balances(text)
    except ReplayError as refused:
        said, balances = str(refused), {}

    assert all(math.isfinite(amount) and amount >= 0 for amount in balances.values())
    assert len(said.splitlines()) <= 1
