"""Sharpe ratios, and the deflated one, against figures worked out by hand or published."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from backtesting.search.sharpe import deflated_sharpe, expected_best, sharpe_ratios

if TYPE_CHECKING:
    from numpy.typing import NDArray


def test_a_ratio_is_mean_over_deviation() -> None:
    # Mean 2; deviations -1, 0, 1: variance (1 + 0 + 1) / (3 - 1) = 1.
    assert sharpe_ratios(np.array([[1.0, 2.0, 3.0]])).tolist() == [2.0]


@pytest.mark.parametrize("value", [0.0, 0.1, -3.7])
def test_equal_buckets_have_no_ratio(value: float) -> None:
    assert np.isnan(sharpe_ratios(np.full((1, 71), value))).all()


@pytest.mark.parametrize("count", [0, 1])
def test_so_have_fewer_than_two(count: int) -> None:
    buckets = np.ones((3, count))

    assert np.isnan(sharpe_ratios(buckets)).all()
    assert np.isnan(deflated_sharpe(buckets, 0.0)).all()


@pytest.mark.parametrize("trials", [0, 1])
def test_one_trial_has_no_hurdle(trials: int) -> None:
    assert expected_best(trials, 1.0) == 0.0


def test_trials_that_are_all_alike_have_no_hurdle() -> None:
    assert expected_best(1000, 0.0) == 0.0


def test_the_best_of_many_worthless_trials_is_expected_where_the_paper_says() -> None:
    # Bailey, Lopez de Prado (2014), the example of section 6: 100 trials whose annual Sharpe
    # ratios have a variance of 1/2, a year of 250 days: 0.1132 a day.
    assert expected_best(100, 0.5 / 250) == pytest.approx(0.1132, abs=5e-5)
    # The mean of the greatest of 1,000 standard normal draws is 3.241 (tables of order
    # statistics); the formula is an approximation, good to half a percent.
    assert expected_best(1000, 1.0) == pytest.approx(3.241, rel=5e-3)


def with_moments(count: int, ratio: float, skewness: float, kurtosis: float) -> NDArray[np.float64]:
    """Return a row with these sample moments: three values, each at its share of the places."""
    # Values of deviation 1 around 0: a, 0 and -b with shares p, 1 - p - q and q.
    root = math.sqrt(4 * kurtosis - 3 * skewness**2)
    a, b = (root + skewness) / 2, (root - skewness) / 2
    p, q = 1 / (a * (a + b)), 1 / (b * (a + b))
    values = np.zeros(count)
    values[: round(p * count)] = a
    values[round(p * count) : round(p * count) + round(q * count)] = -b
    values = (values - values.mean()) / values.std(ddof=1)
    return np.array([values + ratio])


def test_the_deflated_ratio_is_that_of_the_paper() -> None:
    # The same example: T = 1250, SR = 2.5 / sqrt(250) = 0.1581, skewness -3, kurtosis 10, hurdle
    # 0.1132: (0.1581 - 0.1132) sqrt(1249) / sqrt(1 + 3 * 0.1581 + 9 / 4 * 0.1581^2) = 1.2836,
    # of which the normal distribution gives 0.9004.
    buckets = with_moments(125_000, 2.5 / math.sqrt(250), -3.0, 10.0)
    # A hundred times as many observations with a hundredth of the doubt: the root is in both.
    ratio = float(sharpe_ratios(buckets)[0])
    hurdle = ratio - (ratio - 0.1132) / 10

    assert ratio == pytest.approx(0.1581, abs=5e-5)
    assert deflated_sharpe(buckets, hurdle)[0] == pytest.approx(0.9004, abs=2e-3)


def test_it_is_the_formula_on_a_few_buckets() -> None:
    buckets = np.array([[3.0, -1.0, 2.0, 0.0, 1.0]])
    # Mean 1; deviations 2, -2, 1, -1, 0: squares add up to 10, variance 10 / 5 = 2 (or 10 / 4),
    # third moment 0, fourth (16 + 16 + 1 + 1) / 5 / 2^2 = 1.7; SR = 1 / sqrt(2.5) = 0.63246.
    # (0.63246 - 0.1) * sqrt(4) / sqrt(1 + 0.7 / 4 * 0.4) = 1.06491 / 1.03441 = 1.02949
    expected = 0.5 * math.erfc(-1.02949 / math.sqrt(2))

    assert deflated_sharpe(buckets, 0.1)[0] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(("value", "expected"), [(0.3, 1.0), (-0.3, 0.0)])
def test_the_same_gain_in_every_bucket_leaves_no_doubt(value: float, expected: float) -> None:
    assert deflated_sharpe(np.full((1, 72), value), 5.0).tolist() == [expected]


def test_nothing_in_every_bucket_is_nothing_measured() -> None:
    assert np.isnan(deflated_sharpe(np.zeros((1, 72)), 0.0)).all()


def test_noise_passes_its_own_hurdle_seldom() -> None:
    # The best of 100 worthless sets, 200 times over.
    rng = np.random.default_rng(11)
    passed = 0
    for _ in range(200):
        buckets = rng.standard_normal((100, 72))
        ratios = sharpe_ratios(buckets)
        best = buckets[[int(ratios.argmax())]]
        passed += deflated_sharpe(best, expected_best(100, ratios.var(ddof=1)))[0] >= 0.95

    assert passed <= 4
