"""The depth of planted episodes: what a displaced touch takes, and what stands behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from marketdata.synthetic.ladders import LEVELS, Ladder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from marketdata.synthetic.market import Market
    from marketdata.synthetic.timeline import Timeline
    from marketdata.synthetic.touches import Touches


def plant_depth(
    market: Market,
    timeline: Timeline,
    events: NDArray[np.int64],
    ladder: Ladder,
    touches: Touches,
    lots_per_usd: NDArray[np.float64],
) -> Ladder:
    """Return the ladder of one symbol's events (k,) with planted sizes at displaced touches.

    Behind a hollow episode's touch the levels stand where fair value has them, so that a large
    order finds the edge gone.
    """
    steps, lots = ladder.steps.copy(), ladder.lots.copy()
    for number in np.unique(timeline.episode[events]):
        if number < 0:
            continue
        episode = timeline.episodes[number]
        mine = np.flatnonzero(timeline.episode[events] == number)
        leg = int(timeline.leg[events[mine[0]]])
        side = 0 if market.cycle_signs[episode.cycle][leg] > 0 else 1
        # One size for the whole episode: its first event's value of the base asset.
        size = episode.sizes_usd[leg] * float(lots_per_usd[mine[0]])
        lots[mine, side * LEVELS] = max(1, round(size))
        if episode.is_hollow:
            push = episode.shares[leg] * episode.log_edge(timeline.time_us[events[mine]])
            near = (touches.bid if side == 0 else touches.ask)[mine]
            steps[mine, side, 0] += np.rint(near * push).astype(np.int64)
    return Ladder(steps=steps, lots=lots)
