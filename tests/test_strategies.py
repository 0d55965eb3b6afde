"""The generated cases are valid replays; what they reach is for the twin's tests to use."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given, settings

from tests.strategies import replay_cases
from tests.tapes import columns

if TYPE_CHECKING:
    from tests.strategies import ReplayCase

FEW = settings(max_examples=100, deadline=None)


@FEW
@given(replay_cases())
def test_every_generated_book_is_valid(case: ReplayCase) -> None:
    for event in case.events:
        bids, asks = event["bids"], event["asks"]
        assert all(price > 0 and quantity > 0 for price, quantity in bids + asks)
        assert all(upper[0] > lower[0] for upper, lower in pairwise(bids))
        assert all(lower[0] < upper[0] for lower, upper in pairwise(asks))
        assert not bids or not asks or bids[0][0] < asks[0][0]


@FEW
@given(replay_cases())
def test_generated_times_never_go_back(case: ReplayCase) -> None:
    assert all(before["t"] <= after["t"] for before, after in pairwise(case.events))


@FEW
@given(replay_cases())
def test_columns_hold_the_generated_tape(case: ReplayCase) -> None:
    tape = columns(case.events)

    for place, event in enumerate(case.events):
        start, end = tape.depth_start[place], tape.depth_start[place + 1]
        levels = [tuple(level) for level in tape.levels[start:end].tolist()]
        assert levels == event["bids"] + event["asks"]
        assert tape.time_us[place] == event["t"]
