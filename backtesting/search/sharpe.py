"""Sharpe ratios of P&L a time bucket, and what is left of one after many were tried.

Bailey, Lopez de Prado, "The Deflated Sharpe Ratio", 2014: the best of N worthless trials has a
Sharpe ratio well above 0. Nothing here is annualized. NaN: there was nothing to measure.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NORMAL = NormalDist()
_EULER = 0.5772156649015329
# A spread that is so small beside the mean is rounding: all buckets are equal.
_NO_SPREAD = 1e-9


def sharpe_ratios(buckets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return mean over standard deviation of each row of (sets, T); NaN where nothing varies."""
    ratios = np.full(len(buckets), np.nan)
    if buckets.shape[1] < 2:  # noqa: PLR2004 - one value has no deviation
        return ratios
    mean, spread = buckets.mean(axis=1), buckets.std(axis=1, ddof=1)
    np.divide(mean, spread, out=ratios, where=spread > _NO_SPREAD * np.abs(mean))
    return ratios


def expected_best(trials: int, variance: float) -> float:
    """Return the Sharpe ratio that the best of so many worthless trials is expected to have."""
    if trials < 2 or not variance > 0:  # noqa: PLR2004 - one trial is no choice
        return 0.0
    one = _NORMAL.inv_cdf(1 - 1 / trials)
    other = _NORMAL.inv_cdf(1 - 1 / (trials * math.e))
    return math.sqrt(variance) * ((1 - _EULER) * one + _EULER * other)


def deflated_sharpe(buckets: NDArray[np.float64], hurdle: float) -> NDArray[np.float64]:
    """Return by row of (sets, T) the probability that its true Sharpe ratio is above `hurdle`.

    Skewness and non-excess kurtosis of the buckets widen the doubt. Equal buckets have a ratio
    without limit: 1 where they gain, 0 where they lose, NaN where nothing happened.
    """
    found = np.full(len(buckets), np.nan)
    count = buckets.shape[1]
    if count < 2:  # noqa: PLR2004 - one value has no deviation
        return found
    ratios, mean = sharpe_ratios(buckets), buckets.mean(axis=1)
    found[np.isnan(ratios) & (mean > 0)] = 1.0
    found[np.isnan(ratios) & (mean < 0)] = 0.0
    varied = np.flatnonzero(~np.isnan(ratios))
    ratio = ratios[varied]
    skewness, kurtosis = _moments(buckets[varied])
    # Kurtosis is at least 1 + skewness squared, so that the doubt is above 0 but for rounding.
    doubt = np.maximum(1 - skewness * ratio + (kurtosis - 1) / 4 * ratio**2, 1e-300)
    found[varied] = [
        _NORMAL.cdf(value) for value in (ratio - hurdle) * math.sqrt(count - 1) / np.sqrt(doubt)
    ]
    return found


def _moments(buckets: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return skewness and kurtosis of each row, whose values differ."""
    deviations = buckets - buckets.mean(axis=1, keepdims=True)
    deviations /= buckets.std(axis=1, keepdims=True)
    squares = deviations * deviations
    return (squares * deviations).mean(axis=1), (squares * squares).mean(axis=1)
