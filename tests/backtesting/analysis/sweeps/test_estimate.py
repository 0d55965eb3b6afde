from __future__ import annotations

import pytest

from backtesting.analysis.sweeps.estimate import (
    SETS_A_SCAN,
    START_S,
    SweepWork,
    estimate,
    passes_of,
)
from backtesting.search.options import SearchOptions

WORK = SweepWork(events=1_000_000, sets=1000, scans=1, passes=1.0)


def test_without_a_sweep_it_is_a_wide_guess_and_says_so() -> None:
    found = estimate(WORK, [])

    assert found.sweeps == 0
    assert START_S < found.low_s < found.high_s


def test_it_is_judged_by_how_long_sweeps_took_here() -> None:
    half = SweepWork(events=500_000, sets=1000, scans=1, passes=1.0)

    found = estimate(WORK, [(half, START_S + 10.0)])

    assert found.sweeps == 1
    assert found.low_s < START_S + 20.0 < found.high_s
    assert found.high_s <= START_S + 40.0


def test_a_small_sweep_that_was_slow_to_start_does_not_decide() -> None:
    small = SweepWork(events=1000, sets=4, scans=1, passes=1.0)

    found = estimate(WORK, [(small, 20.0), (WORK, START_S + 100.0)])

    assert found.high_s < START_S + 250.0


def test_small_sweeps_alone_say_nothing_of_a_large_one() -> None:
    small = SweepWork(events=200_000, sets=100, scans=1, passes=1.0)

    assert estimate(WORK, [(small, 25.0)]) == estimate(WORK, [])


def test_a_scan_costs_as_much_as_some_sets() -> None:
    assert WORK.size == 1_000_000 * (1000 + SETS_A_SCAN)


def test_folds_go_through_parts_of_the_data_again() -> None:
    # Two rolling folds at 0.5: each 2/3 of the span long.
    assert passes_of(SearchOptions()) == 1.0
    assert passes_of(SearchOptions(train_ratio=0.5, folds=2)) == pytest.approx(1 + 4 / 3)
