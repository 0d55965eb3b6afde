"""Rounded parts add up to the rounded total."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from backtesting.analysis.rounding import round_parts

AMOUNTS = st.floats(-1e4, 1e4, allow_nan=False)


@given(st.lists(AMOUNTS, min_size=1, max_size=9), st.integers(2, 8))
def test_the_parts_shown_add_up_and_stay_close(parts: list[float], digits: int) -> None:
    total = math.fsum(parts)

    shown = round_parts(parts, total, digits)

    unit = 10.0**-digits
    assert round(math.fsum(shown) / unit) == round(total / unit)
    for part, rounded in zip(parts, shown, strict=True):
        assert abs(part - rounded) < 1.01 * unit


def test_thirds_are_made_whole() -> None:
    # 0.01 / 3 is 0.0033 each, cut; one of them is given the ten-thousandth that is missing.
    assert sorted(round_parts([0.01 / 3] * 3, 0.01, 4)) == [0.0033, 0.0033, 0.0034]
