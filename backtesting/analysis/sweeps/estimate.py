"""How long a sweep will take: judged by sweeps that ran here, a guess before there are any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backtesting.search.windows import walk_forward

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backtesting.search.options import SearchOptions

# Reading the events and judging the sets, whatever the grid.
START_S: Final = 1.0
# A scan for candidates costs about as much as so many sets.
SETS_A_SCAN: Final = 20
# Seconds for a set over an event: measured where few looks pay, and where many do.
_GUESS: Final = (2e-11, 2e-8)
_SPAN: Final = 10**9
_MARGIN: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepWork:
    """What a sweep has to do: events of one pass over the data, sets, scans (universes x fees)."""

    events: int
    sets: int
    scans: int
    passes: float

    @property
    def size(self) -> float:
        """Return the work in sets times events."""
        return self.events * self.passes * (self.sets + SETS_A_SCAN * self.scans)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Between which seconds a sweep most likely takes; `sweeps` that it is judged by."""

    low_s: float
    high_s: float
    sweeps: int


def passes_of(options: SearchOptions) -> float:
    """Return how often a sweep goes through the data: once, and once more for each fold's part."""
    if options.folds == 1:
        return 1.0
    splits = walk_forward(0, _SPAN, options.train_ratio, options.folds, anchored=options.anchored)
    return 1.0 + sum(split.last_us - split.begin_us for split in splits) / _SPAN


def estimate(work: SweepWork, earlier: Sequence[tuple[SweepWork, float]]) -> Estimate:
    """Return the estimate for some work, from earlier work and the seconds that it took."""
    low, high = _GUESS
    # In a small one the start, or the engine's compilation, counts for more than the sets.
    told = [one for one in earlier if one[0].size * high >= START_S]
    size = sum(done.size for done, _ in told)
    if size:
        rate = sum(max(0.0, seconds - START_S) for _, seconds in told) / size
        low, high = rate / _MARGIN, rate * _MARGIN
    return Estimate(
        low_s=START_S + low * work.size,
        high_s=START_S + high * work.size,
        sweeps=len(told),
    )
