from __future__ import annotations

import numpy as np
import pytest

from marketdata.synthetic import SyntheticTape, make_recording
from marketdata.synthetic.faults import Outage, without


@pytest.fixture(scope="module")
def spoiled() -> SyntheticTape:
    return make_recording("stress", 40_000, 6, has_faults=True)


def test_the_header_names_the_faults(spoiled: SyntheticTape) -> None:
    assert spoiled.header["recording"]["faults"] is True
    assert "faults" in spoiled.header["recording"]["name"]


def test_the_feed_has_a_gap(spoiled: SyntheticTape) -> None:
    whole = make_recording("stress", 40_000, 6)

    assert np.diff(spoiled.time_us).max() > 10_000_000
    assert np.diff(whole.time_us).max() < 3_000_000


def test_one_book_falls_silent_while_the_others_go_on(spoiled: SyntheticTape) -> None:
    gap = int(np.diff(spoiled.time_us).max())
    silences = {
        symbol: np.diff(spoiled.time_us[spoiled.symbol == index]).max()
        for index, symbol in enumerate(spoiled.symbols)
    }

    assert sum(silence > gap + 5_000_000 for silence in silences.values()) == 1


def test_some_books_are_empty_on_one_side_and_none_on_both(spoiled: SyntheticTape) -> None:
    no_bids, no_asks = spoiled.bid_count == 0, spoiled.ask_count == 0

    assert 0 < no_bids.sum() < 0.01 * len(spoiled)
    assert 0 < no_asks.sum() < 0.01 * len(spoiled)
    assert not np.any(no_bids & no_asks)


def test_some_touches_are_dust_before_a_far_worse_level() -> None:
    tape = make_recording("liquid", 20_000, 6, has_faults=True)
    columns = tape.columns()
    has_bids = np.flatnonzero(columns.bid_count)
    best = columns.levels[columns.depth_start[has_bids]]
    second = columns.levels[columns.depth_start[has_bids] + 1]

    step_bps = (1 - second[:, 0] / best[:, 0]) * 1e4
    dust = (step_bps > 29) & (best[:, 1] * 1_000 < second[:, 1])
    assert 0.002 < dust.mean() < 0.02


def test_an_outage_of_one_symbol_leaves_the_others_alone() -> None:
    times = np.arange(0, 100, 10)
    outage = Outage(symbol=1, start_us=20, end_us=50)

    assert without(times, 1, [outage]).tolist() == [0, 10, 50, 60, 70, 80, 90]
    assert without(times, 0, [outage]).tolist() == times.tolist()
