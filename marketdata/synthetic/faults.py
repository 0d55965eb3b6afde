"""What goes wrong in real recordings: gaps, a silent book, empty sides, touches of dust."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from marketdata.synthetic.episodes import Episode

ONE_SIDED_SHARE: Final = 0.003
TINY_TOUCH_SHARE: Final = 0.01
# Behind a tiny touch the book stands this much worse.
TINY_TOUCH_STEP_BPS: Final = 30.0
TINY_TOUCH_DIVISOR: Final = 10_000
_GAP_SHARE, _GAP_MAX_US = 0.1, 30_000_000
_SILENCE_SHARE, _SILENCE_MAX_US = 0.25, 60_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A time without events: of one symbol, or of all where `symbol` is None."""

    symbol: int | None
    start_us: int
    end_us: int


def draw_outages(rng: Generator, count: int, start_us: int, end_us: int) -> tuple[Outage, ...]:
    """Return a gap of the whole feed and a silent book, between the two times."""
    length = end_us - start_us
    gap = min(int(length * _GAP_SHARE), _GAP_MAX_US)
    silence = min(int(length * _SILENCE_SHARE), _SILENCE_MAX_US)
    gap_start = start_us + int(length * rng.uniform(0.2, 0.4))
    silence_start = start_us + int(length * rng.uniform(0.5, 0.7))
    return (
        Outage(symbol=None, start_us=gap_start, end_us=gap_start + gap),
        Outage(
            symbol=int(rng.integers(count)),
            start_us=silence_start,
            end_us=silence_start + silence,
        ),
    )


def without(times: NDArray[np.int64], symbol: int, outages: Sequence[Outage]) -> NDArray[np.int64]:
    """Return one symbol's times outside the outages that concern it."""
    kept = np.ones(len(times), np.bool_)
    for outage in outages:
        if outage.symbol in (None, symbol):
            kept &= (times < outage.start_us) | (times >= outage.end_us)
    return times[kept]


def is_clear(episode: Episode, outages: Sequence[Outage]) -> bool:
    """Say whether no outage touches the time of an episode."""
    gone_us = episode.end_us + episode.ending_us
    return all(gone_us < outage.start_us or episode.start_us >= outage.end_us for outage in outages)


def draw_empty_sides(
    rng: Generator, allowed: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which events (n,) have no bids, and which no asks; never both, none not allowed."""
    draw = rng.random(len(allowed))
    half = ONE_SIDED_SHARE / 2
    return allowed & (draw < half), allowed & (draw >= half) & (draw < ONE_SIDED_SHARE)


def shrink_touches(
    rng: Generator,
    allowed: NDArray[np.bool_],
    ticks: NDArray[np.int64],
    lots: NDArray[np.int64],
) -> None:
    """Leave dust at some touches (n, 20 levels), the deep book behind it far worse; in place."""
    half = ticks.shape[1] // 2
    chosen = np.flatnonzero(allowed & (rng.random(len(ticks)) < TINY_TOUCH_SHARE))
    bids, asks = chosen[::2], chosen[1::2]
    for events, touch, direction in ((bids, 0, -1), (asks, half, 1)):
        lots[events, touch] = np.maximum(lots[events, touch] // TINY_TOUCH_DIVISOR, 1)
        away = np.rint(ticks[events, touch] * (TINY_TOUCH_STEP_BPS * 1e-4)).astype(np.int64)
        ticks[events, touch + 1 : touch + half] += direction * away[:, None]
