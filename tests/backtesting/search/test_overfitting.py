"""CSCV, held to a slow and obvious reading of the paper and to limits that are known."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest

from backtesting.search.overfitting import probability_of_overfitting

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCKS = 16


def slow_probability(buckets: list[list[float]]) -> float:
    """Return the share of all 12,870 splits with a logit of at most 0, in plain Python."""
    size = len(buckets[0]) // BLOCKS
    blocks = [[sum(row[b * size : (b + 1) * size]) for b in range(BLOCKS)] for row in buckets]
    below = 0
    for chosen in combinations(range(BLOCKS), BLOCKS // 2):
        rest = [b for b in range(BLOCKS) if b not in chosen]
        inside = [sum(row[b] for b in chosen) for row in blocks]
        outside = [sum(row[b] for b in rest) for row in blocks]
        reached = outside[inside.index(max(inside))]
        lower = sum(value < reached for value in outside)
        equal = sum(value == reached for value in outside)
        omega = (lower + (equal + 1) / 2) / (len(blocks) + 1)
        below += math.log(omega / (1 - omega)) <= 0
    return below / math.comb(BLOCKS, BLOCKS // 2)


def noise(sets: int, seed: int = 0, buckets: int = 240) -> NDArray[np.float64]:
    return np.random.default_rng(seed).standard_normal((sets, buckets))


@pytest.mark.parametrize(("sets", "seed"), [(2, 0), (5, 1), (6, 2)])
def test_it_is_what_the_paper_says(sets: int, seed: int) -> None:
    # Whole numbers: sums are exact, so that ties are ties in both.
    buckets = np.round(3 * noise(sets, seed, 32))

    assert probability_of_overfitting(buckets) == slow_probability(buckets.tolist())


def test_it_is_what_the_paper_says_where_sets_are_alike() -> None:
    buckets = np.round(3 * noise(6, 3, 32))
    buckets[3] = buckets[1]
    buckets[4] = buckets[1]
    buckets[5, :20] = buckets[0, :20]

    assert probability_of_overfitting(buckets) == slow_probability(buckets.tolist())


def test_rounding_is_no_difference_between_sets() -> None:
    tenths = np.round(3 * noise(5, 4, 32)) / 10
    tenths[4, 1:] = tenths[2, 1:]  # alike but in one bucket
    whole = np.round(10 * tenths)

    assert probability_of_overfitting(tenths) == slow_probability(whole.tolist())


def test_noise_has_a_probability_of_about_one_half() -> None:
    found = [probability_of_overfitting(noise(40, seed)) for seed in range(30)]

    # One estimate scatters by about 0.2, the mean of 30 by 0.04.
    assert np.mean([value for value in found if value is not None]) == pytest.approx(0.5, abs=0.12)


def test_a_set_that_is_always_best_has_none() -> None:
    buckets = noise(50)
    buckets[17] += 100.0

    assert probability_of_overfitting(buckets) == 0.0


def test_what_wins_in_one_half_and_loses_in_the_other_has_all() -> None:
    # Each set makes 1 in one block of its own and loses 1 in all others: whoever is best inside
    # has its one good block inside, and is worst outside beside those whose block is there.
    buckets = -np.ones((BLOCKS, BLOCKS))
    np.fill_diagonal(buckets, 1.0)

    assert probability_of_overfitting(np.repeat(buckets, 15, axis=1)) == 1.0


@pytest.mark.parametrize(
    "buckets", [np.ones((1, 240)), np.zeros((5, 240)), np.repeat(noise(1), 7, axis=0)]
)
def test_without_two_sets_that_differ_there_is_no_choice(buckets: NDArray[np.float64]) -> None:
    assert probability_of_overfitting(buckets) is None


def test_the_order_of_sets_that_never_tie_does_not_matter() -> None:
    buckets = noise(20)

    assert probability_of_overfitting(buckets) == probability_of_overfitting(buckets[::-1])
