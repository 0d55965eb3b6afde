"""Best of several: where a machine has other work to do, the fastest run is the truest."""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Prepared = TypeVar("Prepared")

_LEAST: Final = 5
_ENOUGH_S: Final = 1.5


def best_seconds(prepare: Callable[[], Prepared], work: Callable[[Prepared], object]) -> float:
    """Return the shortest time of `work` on what `prepare` makes anew, untimed, for each run.

    At least five runs, more while they take less than 1.5 s together.
    """
    taken: list[float] = []
    while len(taken) < _LEAST or sum(taken) < _ENOUGH_S:
        taken.append(seconds(work, prepare()))
    return min(taken)


def seconds(work: Callable[[Prepared], object], prepared: Prepared) -> float:
    """Return how long one run of `work` takes, with no garbage of other runs collected in it."""
    gc.collect()
    began = time.perf_counter()
    work(prepared)
    return time.perf_counter() - began


def percentile(taken: Sequence[float], rank: int) -> float:
    """Return the value below which `rank` per cent of the values lie, the nearest of them."""
    in_order = sorted(taken)
    return in_order[min(len(in_order) - 1, rank * len(in_order) // 100)]
