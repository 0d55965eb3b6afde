"""Starting balances as a trader writes them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    ["", ",", "USD", "USD=", "=5", "USD=1,", "USD=x", "USD=-1", "USD=inf", "USD=1_0", "A=1,A=1"],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ReplayError):
        _parse_balances(text)


@given(st.text(max_size=30) | st.from_regex(r"[A-Z]{3}=[0-9.e+-]{1,8}", fullmatch=True))
def test_it_gives_finite_amounts_or_refuses_in_a_line(text: str) -> None:
    try:
        said = ""
        balances = _parse_balances(text)
    except ReplayError as refused:
        said, balances = str(refused), {}

    assert all(math.isfinite(amount) and amount >= 0 for amount in balances.values())
    assert len(said.splitlines()) <= 1
