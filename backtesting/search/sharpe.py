"""Sharpe ratios of P&L a time bucket, and what is left of one after many were tried.

Bailey, Lopez de Prado, "The Deflated Sharpe Ratio", 2014: the best of N worthless trials has a
Sharpe ratio well above 0. Nothing here is annualized.
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


def sharpe_ratios(buckets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return mean over standard deviation of each row (sets, T); NaN where nothing varies."""
    spread = buckets.std(axis=1, ddof=1)
    ratios = np.full(len(buckets), np.nan)
    np.divide(buckets.mean(axis=1), spread, out=ratios, where=spread > 0)
    return ratios


def expected_best(trials: int, variance: float) -> float:
    """Return the Sharpe ratio that the best of so many worthless trials is expected to have."""
    if trials < 2 or not variance > 0:  # noqa: PLR2004 - one trial is no choice
        return 0.0
    one = _NORMAL.inv_cdf(1 - 1 / trials)
    other = _NORMAL.inv_cdf(1 - 1 / (trials * math.e))
    return math.sqrt(variance) * ((1 - _EULER) * one + _EULER * other)


def deflated_sharpe(buckets: NDArray[np.float64], hurdle: float) -> float | None:
    """Return the probability that the true Sharpe ratio of the buckets (T,) is above `hurdle`.

    Skewness and non-excess kurtosis of the buckets widen the doubt. None where nothing varies.
    """
    count, spread = len(buckets), float(buckets.std())
    if count < 2 or spread == 0:  # noqa: PLR2004 - no deviation of one value
        return None
    deviations = (buckets - buckets.mean()) / spread
    skewness, kurtosis = float((deviations**3).mean()), float((deviations**4).mean())
    ratio = float(buckets.mean() / buckets.std(ddof=1))
    doubt = 1 - skewness * ratio + (kurtosis - 1) / 4 * ratio**2
    if doubt <= 0:
        return None
    return _NORMAL.cdf((ratio - hurdle) * math.sqrt(count - 1) / math.sqrt(doubt))
