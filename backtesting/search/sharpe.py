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
    [found] = deflated_sharpes(buckets[None, :], hurdle).tolist()
    return None if math.isnan(found) else found


def deflated_sharpes(buckets: NDArray[np.float64], hurdle: float) -> NDArray[np.float64]:
    """Return `deflated_sharpe` of each row (sets, T); NaN where nothing varies."""
    count = buckets.shape[1]
    ratios = sharpe_ratios(buckets)
    spread = buckets.std(axis=1)
    deviations = np.zeros_like(buckets)
    np.divide(
        buckets - buckets.mean(axis=1, keepdims=True),
        spread[:, None],
        out=deviations,
        where=spread[:, None] > 0,
    )
    skewness, kurtosis = (deviations**3).mean(axis=1), (deviations**4).mean(axis=1)
    doubt = 1 - skewness * ratios + (kurtosis - 1) / 4 * ratios**2
    place = np.full(len(buckets), np.nan)
    np.divide(
        (ratios - hurdle) * math.sqrt(count - 1),
        np.sqrt(np.maximum(doubt, 0)),
        out=place,
        where=doubt > 0,
    )
    found: NDArray[np.float64] = _cumulative(place)
    return found


_cumulative = np.vectorize(lambda z: math.nan if math.isnan(z) else _NORMAL.cdf(z), otypes=[float])
