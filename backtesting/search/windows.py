"""Where a sweep trains and where it is judged: times, and the events between them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from backtesting.search.grid import SweepError
from backtesting.search.options import check_ratio
from marketdata.moments import from_us

if TYPE_CHECKING:
    from backtesting.engine.events import EventStore


@dataclass(frozen=True, slots=True)
class Split:
    """Train is `begin_us <= occurred_at < split_us`, test from there up to and with `last_us`."""

    begin_us: int
    split_us: int
    last_us: int


def split_at(first_us: int, last_us: int, train_ratio: float) -> Split:
    """Return the single split of the standard: `first + floor(train_ratio * (last - first))`."""
    return Split(first_us, first_us + math.floor(train_ratio * (last_us - first_us)), last_us)


def walk_forward(
    first_us: int, last_us: int, train_ratio: float, folds: int, *, anchored: bool = False
) -> tuple[Split, ...]:
    """Return the splits of a walk forward: test windows of equal length that follow one another.

    Every fold has `train_ratio` of its length to train; the last ends with the data. One fold is
    the single split. `anchored`: all train from the first event on. (Pardo, "The Evaluation and
    Optimization of Trading Strategies", 2008.)
    """
    length = (last_us - first_us) / (1 + (folds - 1) * (1 - train_ratio))
    step = length * (1 - train_ratio)
    begins = [first_us + math.floor(fold * step) for fold in range(folds)]
    # One list of cuts, so that no test window overlaps the next or leaves an event between them.
    cuts = [first_us + math.floor(train_ratio * length + fold * step) for fold in range(folds)]
    ends = [*(cut - 1 for cut in cuts[1:]), last_us]
    return tuple(
        Split(first_us if anchored else begin, cut, end)
        for begin, cut, end in zip(begins, cuts, ends, strict=True)
    )


def split_events_time_windows(
    events: EventStore, train_ratio: float
) -> tuple[EventStore, EventStore]:
    """Return the events of the train and of the test window (the standard, section 10).

    Raises SweepError where one of them has none.
    """
    check_ratio(train_ratio)
    if not len(events):
        raise SweepError("there are no events to split; name a recording or a window that has some")
    times = events.columns.time_us
    split = split_at(int(times[0]), int(times[-1]), train_ratio)
    train, test = rows_of(events, split)
    return events[train], events[test]


def rows_of(events: EventStore, split: Split) -> tuple[slice, slice]:
    """Return the rows of a split's train and test window; raise SweepError where one has none."""
    times = events.columns.time_us
    begin, middle = np.searchsorted(times, [split.begin_us, split.split_us])
    end = np.searchsorted(times, split.last_us, side="right")
    for name, count in (("train", middle - begin), ("test", end - middle)):
        if count <= 0:
            raise SweepError(
                f"the split at {from_us(split.split_us).isoformat()} leaves the {name} window "
                f"without events; choose another train ratio, fewer folds or a longer recording"
            )
    return slice(int(begin), int(middle)), slice(int(middle), int(end))
