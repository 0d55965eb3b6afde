"""Where a sweep trains and where it is tested: the single split and the walk forward."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtesting.search.grid import SweepError
from backtesting.search.windows import (
    Split,
    rows_of,
    split_at,
    split_events_time_windows,
    walk_forward,
)
from tests.backtesting.engine.running import event_store
from tests.tapes import top

RATIOS = st.floats(0.01, 0.99)


def test_the_split_is_floored() -> None:
    # 1000 + floor(0.7 * 9) = 1000 + floor(6.3)
    assert split_at(1000, 1009, 0.7) == Split(1000, 1006, 1009)


def test_the_split_is_in_double_precision() -> None:
    # 0.7 * 10 is 7 in doubles though 0.7 is below seven tenths; 0.29 * 100 is 28.999999999999996.
    assert split_at(0, 10, 0.7).split_us == 7
    assert split_at(0, 100, 0.29).split_us == 28


def test_an_event_at_the_split_is_tested() -> None:
    store = event_store([top("BTC/USD", 1, 2, t=t) for t in (0, 6, 7, 10)])

    train, test = split_events_time_windows(store, 0.7)

    assert train.columns.time_us.tolist() == [0, 6]
    assert test.columns.time_us.tolist() == [7, 10]


@pytest.mark.parametrize(
    ("split", "window"), [(Split(0, 5, 110), "train"), (Split(0, 50, 100), "test")]
)
def test_a_window_without_events_is_refused_with_its_name(split: Split, window: str) -> None:
    store = event_store([top("BTC/USD", 1, 2, t=t) for t in (10, 20, 110)])

    with pytest.raises(SweepError, match=f"leaves the {window} window without events"):
        rows_of(store, split)


def test_events_of_one_time_cannot_be_split() -> None:
    store = event_store([top("BTC/USD", 1, 2, t=5)] * 3)

    with pytest.raises(SweepError, match="leaves the train window without events"):
        split_events_time_windows(store, 0.7)


def test_no_events_cannot_be_split() -> None:
    with pytest.raises(SweepError, match="there are no events to split"):
        split_events_time_windows(event_store([], ["BTC/USD"]), 0.7)


def test_a_rolling_walk_moves_both_windows() -> None:
    # Length L = 260 / (1 + 2 * 0.4) = 144.4; steps of 0.4 L = 57.8; trains of 0.6 L = 86.7.
    folds = walk_forward(0, 260, 0.6, 3)

    assert [fold.begin_us for fold in folds] == [0, 57, 115]
    assert [fold.split_us for fold in folds] == [86, 144, 202]
    assert [fold.last_us for fold in folds] == [143, 201, 260]


def test_an_anchored_walk_trains_from_the_start() -> None:
    rolling = walk_forward(0, 260, 0.6, 3)
    anchored = walk_forward(0, 260, 0.6, 3, anchored=True)

    assert [fold.begin_us for fold in anchored] == [0, 0, 0]
    assert [fold.split_us for fold in anchored] == [fold.split_us for fold in rolling]


@given(first=st.integers(0, 2**50), span=st.integers(0, 2**45), ratio=RATIOS)
def test_one_fold_is_the_single_split(first: int, span: int, ratio: float) -> None:
    for anchored in (False, True):
        folds = walk_forward(first, first + span, ratio, 1, anchored=anchored)
        assert folds == (split_at(first, first + span, ratio),)


@given(span=st.integers(0, 2**45), ratio=RATIOS)
def test_the_split_lies_within_the_span(span: int, ratio: float) -> None:
    split = split_at(0, span, ratio)

    assert 0 <= split.split_us <= span
    exact = Fraction(ratio) * span
    assert abs(split.split_us - floor(exact)) <= 1


@given(
    span=st.integers(10**6, 2**45), ratio=RATIOS, folds=st.integers(2, 100), anchored=st.booleans()
)
def test_test_windows_follow_one_another_to_the_end(
    span: int, ratio: float, folds: int, *, anchored: bool
) -> None:
    found = walk_forward(7, 7 + span, ratio, folds, anchored=anchored)

    assert found[-1].last_us == 7 + span
    assert [fold.last_us + 1 for fold in found[:-1]] == [fold.split_us for fold in found[1:]]
    lengths = [fold.last_us - fold.split_us + 1 for fold in found]
    assert max(lengths) - min(lengths) <= 2


@given(span=st.integers(10**6, 2**45), ratio=RATIOS, folds=st.integers(2, 100))
def test_rolling_trains_are_equally_long(span: int, ratio: float, folds: int) -> None:
    lengths = [fold.split_us - fold.begin_us for fold in walk_forward(0, span, ratio, folds)]

    assert max(lengths) - min(lengths) <= 2
