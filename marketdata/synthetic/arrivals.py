"""When events come: per symbol in bursts, as real books do, some of them at the same time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from marketdata.synthetic.measured import GAP_PROBABILITIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

US_PER_S: Final = 1_000_000
# The quantile function is carried on to probabilities 0 and 1 by these factors.
_BELOW, _ABOVE = 0.3, 1.5


def sample_quantiles(
    uniform: NDArray[np.float64], probabilities: Sequence[float], values: Sequence[float]
) -> NDArray[np.float64]:
    """Return values at uniform draws, interpolated in the logarithm between measured quantiles."""
    known = np.concatenate(([0.0], probabilities, [1.0]))
    logs = np.log(np.concatenate(([values[0] * _BELOW], values, [values[-1] * _ABOVE])))
    return np.exp(np.interp(uniform, known, logs))


def mean_gap_s(gaps_ms: Sequence[float]) -> float:
    """Return the mean of the gaps that `arrival_times` draws, in seconds."""
    grid = (np.arange(10_000) + 0.5) / 10_000
    return float(sample_quantiles(grid, GAP_PROBABILITIES, gaps_ms).mean()) / 1000


def arrival_times(
    rng: Generator, gaps_ms: Sequence[float], first_us: int, until_us: int
) -> tuple[NDArray[np.int64], int]:
    """Return one symbol's rising times from `first_us` to before `until_us`, and the next one."""
    size = max(64, math.ceil(1.1 * (until_us - first_us) / US_PER_S / mean_gap_s(gaps_ms)))
    times = np.array([first_us], np.int64)
    while times[-1] < until_us:
        gaps = 1000 * sample_quantiles(rng.random(size), GAP_PROBABILITIES, gaps_ms)
        steps = np.maximum(gaps.astype(np.int64), 1)
        times = np.concatenate((times, times[-1] + np.cumsum(steps)))
    end = int(np.searchsorted(times, until_us))
    return times[:end], int(times[end])


def share_times(
    rng: Generator, time_us: NDArray[np.int64], *, share: float, fixed: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return the times with about `share` of the events moved onto the time of the one before.

    The first event and those that are `fixed` keep their own.
    """
    joins = (rng.random(len(time_us)) < share) & ~fixed
    joins[:1] = False
    keeper = np.maximum.accumulate(np.where(joins, 0, np.arange(len(time_us))))
    return time_us[keeper]
