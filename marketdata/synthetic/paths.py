"""Random paths on irregular times: factor walks with stochastic volatility, and residuals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

# exp() of a run's decay must stay far from overflow; beyond one gap of 50 nothing is remembered.
_MAX_RUN: Final = 300.0
_MAX_GAP: Final = 50.0
VOLATILITY_STD: Final = 0.4
VOLATILITY_HALF_LIFE_S: Final = 120.0


def revert(
    noise: NDArray[np.float64],
    gap_s: NDArray[np.float64],
    *,
    half_life_s: float,
    std: float,
    start: float,
) -> NDArray[np.float64]:
    """Return an Ornstein-Uhlenbeck path (k,) after gaps (k,) from `start`, `std` its long-run one.

    Exact at any gaps: x_i = a x_(i-1) + std sqrt(1 - a^2) noise_i, a = 2^(-gap / half life),
    solved in runs as one cumulative sum each.
    """
    decay = np.minimum(gap_s * (math.log(2) / half_life_s), _MAX_GAP)
    shock = std * np.sqrt(-np.expm1(-2 * decay)) * noise
    phase = np.cumsum(decay)
    bounds = np.flatnonzero(np.diff(phase // _MAX_RUN)) + 1
    path, value, reached = np.empty_like(phase), start, 0.0
    for run in np.split(np.arange(len(phase)), bounds):
        if len(run):
            growth = np.exp(phase[run] - reached)
            path[run] = (value + np.cumsum(shock[run] * growth)) / growth
            value, reached = float(path[run[-1]]), float(phase[run[-1]])
    return path


def walk_factors(
    rng: Generator,
    gap_s: NDArray[np.float64],
    volatility: NDArray[np.float64],
    *,
    std: NDArray[np.float64],
    correlation: float,
    start: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return log values (k, assets) of correlated random walks from `start` (assets,).

    `std` is each asset's per square-root second; `volatility` (k,) multiplies all of them.
    """
    shared = rng.standard_normal((len(gap_s), 1))
    own = rng.standard_normal((len(gap_s), len(std)))
    noise = math.sqrt(correlation) * shared + math.sqrt(1 - correlation) * own
    steps = noise * std * (volatility * np.sqrt(gap_s))[:, None]
    path: NDArray[np.float64] = start + np.cumsum(steps, axis=0)
    return path


def walk_volatility(
    rng: Generator, gap_s: NDArray[np.float64], start: float
) -> tuple[NDArray[np.float64], float]:
    """Return the factors' common volatility multiplier (k,), of mean 1, and its log at the end."""
    log_path = revert(
        rng.standard_normal(len(gap_s)),
        gap_s,
        half_life_s=VOLATILITY_HALF_LIFE_S,
        std=VOLATILITY_STD,
        start=start,
    )
    return np.exp(log_path - VOLATILITY_STD**2 / 2), float(log_path[-1])
