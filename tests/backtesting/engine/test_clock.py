from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtesting.engine.clock import ReplayClock


@given(st.lists(st.integers(-(10**18), 10**18), min_size=1))
def test_it_never_runs_backwards(times: list[int]) -> None:
    clock = ReplayClock()

    seen = [clock.advance_to(time) for time in times]

    assert seen == sorted(seen)
    assert clock.now == max(0, *times)


def test_it_moves_on_by_milliseconds_to_the_nearest_microsecond() -> None:
    clock = ReplayClock(1_000)

    # 1.2345 ms are 1234.5 microseconds, which round up.
    assert clock.advance_ms(1.2345) == 1_000 + 1_235
    assert clock.advance_ms(0.0004) == 2_235


@pytest.mark.parametrize("milliseconds", [-0.001, -math.inf, math.nan, math.inf])
def test_it_moves_on_by_a_finite_time_only(milliseconds: float) -> None:
    clock = ReplayClock(5)

    with pytest.raises(ValueError, match="a clock moves on only"):
        clock.advance_ms(milliseconds)

    assert clock.now == 5
