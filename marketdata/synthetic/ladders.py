"""Levels 1 to 10 a side behind a touch: measured shapes, sizes that change a level at a time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from marketdata.synthetic.arrivals import sample_quantiles
from marketdata.synthetic.measured import NOTHING_CHANGED_SHARE, TOUCH_CHANGED_SHARE
from marketdata.synthetic.touches import SHAPE_PROBABILITIES, hold

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from marketdata.synthetic.measured import BookShape, Quantiles

LEVELS: Final = 10
_BEHIND: Final = LEVELS - 1
# The normal quantile of 95 %: from measured quantiles to a lognormal's sigma.
_Z95: Final = 1.6448536269514722
_DEPTH_SIGMA: Final = 0.9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ladder:
    """A symbol's levels, bids in columns 0-9 and asks in 10-19, best first.

    `steps` int64 (k, 2, 9): ticks from each level to the next; `lots` int64 (k, 20): quantities.
    """

    steps: NDArray[np.int64]
    lots: NDArray[np.int64]

    def last(self) -> Ladder:
        return Ladder(steps=self.steps[-1:], lots=self.lots[-1:])


def event_kinds(rng: Generator, count: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which events (k,) change the touch, and which a deeper level; the others nothing."""
    draw = rng.random(count)
    touch = draw < TOUCH_CHANGED_SHARE
    return touch, draw >= TOUCH_CHANGED_SHARE + NOTHING_CHANGED_SHARE


def build_ladder(
    rng: Generator,
    shape: BookShape,
    *,
    touch_changes: NDArray[np.bool_],
    depth_changes: NDArray[np.bool_],
    tick_bps: float,
    lots_per_usd: NDArray[np.float64],
    before: Ladder | None,
) -> Ladder:
    """Return the levels of one symbol's events (k,); what an event leaves alone is held.

    `lots_per_usd` (k,) turns US dollars into lots of the base asset. Without a ladder `before`,
    the first event draws everything.
    """
    count = len(touch_changes)
    first = np.zeros(count, np.bool_)
    first[0] = before is None
    usd = np.exp(_DEPTH_SIGMA * rng.standard_normal((count, 2)) - _DEPTH_SIGMA**2 / 2)
    usd *= shape.touch_usd[1] * (shape.depth_ratio - 1) / _BEHIND
    touch_usd = _touch_sizes(rng, shape.touch_usd, count)
    steps = _level_steps(rng, shape.span_bps, tick_bps, count)
    changed = rng.integers(0, 2 * _BEHIND, count)
    moved = touch_changes | first
    lots = np.empty((count, 2 * LEVELS), np.int64)
    held = np.empty_like(steps)
    for column in range(2 * LEVELS):
        side, level = divmod(column, LEVELS)
        drawn = (touch_usd if level == 0 else usd)[:, side]
        fresh = moved if level == 0 else depth_changes & (changed == side * _BEHIND + level - 1)
        if before is None and level:
            # No two levels of a first book may be the same draw.
            drawn = drawn.copy()
            drawn[0] *= math.exp(_DEPTH_SIGMA * rng.standard_normal())
        size = np.maximum(np.rint(drawn * lots_per_usd), 1).astype(np.int64)
        lots[:, column] = hold(fresh | first, size, 0 if before is None else before.lots[0, column])
        if level:
            was = 0 if before is None else before.steps[0, side, level - 1]
            held[:, side, level - 1] = hold(moved, steps[:, side, level - 1], was)
    return Ladder(steps=held, lots=lots)


def _touch_sizes(rng: Generator, touch_usd: Quantiles, count: int) -> NDArray[np.float64]:
    """Return sizes at the touch in US dollars (k, 2), lognormal through the measured quantiles."""
    sigma = math.log(touch_usd[2] / touch_usd[0]) / (2 * _Z95)
    return touch_usd[1] * np.exp(sigma * rng.standard_normal((count, 2)))


def _level_steps(
    rng: Generator, span_bps: Quantiles, tick_bps: float, count: int
) -> NDArray[np.int64]:
    """Return ticks between neighboring levels (k, 2, 9) that span what was measured."""
    span = sample_quantiles(rng.random((count, 2, 1)), SHAPE_PROBABILITIES, span_bps) / tick_bps
    part = rng.standard_exponential((count, 2, _BEHIND)) * (span / _BEHIND)
    return np.maximum(np.rint(part), 1).astype(np.int64)


def level_prices(
    bid: NDArray[np.int64], ask: NDArray[np.int64], steps: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the ticks (k, 20) of all levels from the touches (k,) and the steps behind them."""
    behind = np.cumsum(steps, axis=2)
    return np.concatenate(
        (
            bid[:, None],
            bid[:, None] - behind[:, 0],
            ask[:, None],
            ask[:, None] + behind[:, 1],
        ),
        axis=1,
    )
