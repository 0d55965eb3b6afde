"""Bounds of a mean and of a share: reproducible, known values, and not too narrow."""

from __future__ import annotations

import numpy as np
import pytest

from backtesting.search.bounds import bootstrap_bounds, wilson_bounds


def draws(count: int, seed: int = 0, mean: float = 0.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, 1.0, count)


def test_the_same_seed_gives_the_same_bounds() -> None:
    assert bootstrap_bounds(draws(200), 7) == bootstrap_bounds(draws(200), 7)
    assert bootstrap_bounds(draws(200), 7) != bootstrap_bounds(draws(200), 8)


def test_what_was_drawn_before_changes_nothing() -> None:
    first = bootstrap_bounds(draws(35), 9)
    bootstrap_bounds(draws(1000), 9)

    assert bootstrap_bounds(draws(35), 9) == first


def test_no_value_has_no_bounds() -> None:
    assert bootstrap_bounds(draws(0), 1) is None


@pytest.mark.parametrize("count", [1, 3, 10, 11, 37])
def test_equal_values_have_no_doubt(count: int) -> None:
    assert bootstrap_bounds(np.full(count, 0.25), 1) == pytest.approx((0.25, 0.25))


def test_up_to_ten_values_are_one_block() -> None:
    # Every resample is the whole: nothing can be said of how far the mean would scatter.
    values = draws(10)

    assert bootstrap_bounds(values, 1) == pytest.approx((values.mean(), values.mean()))


def test_it_is_the_mean_of_blocks_that_follow_one_another() -> None:
    # Of 12 values in blocks of 10 a resample is one block whole and the first two of another:
    # blocks begin at 0, 1 or 2, and only value 11 differs from 0.
    values = np.zeros(12)
    values[11] = 12.0

    # It is in a whole block that begins at 2, never among the first two of one: a mean of 1
    # with probability 1/3, else 0.
    assert bootstrap_bounds(values, 3) == pytest.approx((0.0, 1.0))


def test_alternating_blocks_give_wider_bounds_than_single_draws_would() -> None:
    # Runs of 10 gains and 10 losses: what follows one another is alike.
    values = np.repeat([1.0, -1.0] * 20, 10)
    bounds = bootstrap_bounds(values, 1)

    # Of 400 independent values the 5 % bound of the mean is 1.645 / sqrt(400) = 0.08 away.
    assert bounds is not None
    assert bounds[0] < -0.12
    assert bounds[1] > 0.12


def test_about_nine_in_ten_bounds_hold_the_true_mean() -> None:
    held = 0
    for seed in range(300):
        low, high = bootstrap_bounds(draws(200, seed, mean=0.3), seed) or (0.0, 0.0)
        held += low <= 0.3 <= high

    # 90 % for long series; 20 blocks are few, so that bounds are somewhat narrow.
    assert 0.80 <= held / 300 <= 0.95


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [
        # Wilson (1927) with z = 1.6449: (p + z^2 / 2n -+ z sqrt(p q / n + z^2 / 4 n^2)) / (1 +
        # z^2 / n). 5 of 10: (0.5 + 0.13528 -+ 1.6449 sqrt(0.025 + 0.0067639)) / 1.27055.
        (5, 10, 0.26927, 0.73073),
        # 0 of 10: from 0 to z^2 / (n + z^2) = 2.70554 / 12.70554.
        (0, 10, 0.0, 0.21294),
        (10, 10, 0.78706, 1.0),
        (60, 100, 0.51781, 0.67692),
    ],
)
def test_a_share_has_the_bounds_of_wilson(hits: int, count: int, low: float, high: float) -> None:
    assert wilson_bounds(hits, count) == pytest.approx((low, high), abs=5e-5)


def test_a_share_of_nothing_has_none() -> None:
    assert wilson_bounds(0, 0) is None
