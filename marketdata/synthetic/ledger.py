"""The ledger of planted dislocations: what the finished books of a tape really offer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from marketdata.synthetic.instants import iso_times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from marketdata.synthetic.coupling import HeldTops
    from marketdata.synthetic.market import Market
    from marketdata.synthetic.timeline import EpisodeSpan, Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Dislocation:
    """One run of ticks in which a directed cycle's gross edge exceeds the profile's limit.

    Measured on the tape's own tops of book after all else was done to them: from the tick at
    `start_us` on, to before the one at `end_us`, the gross edge lies from `low_gross_bps` to
    `peak_gross_bps`. `executable` is how much of `cycle[0]` the three touches take at the start.
    """

    episode: int
    kind: str
    seed: int
    cycle: tuple[str, str, str]
    start_us: int
    end_us: int
    start_gross_bps: float
    peak_gross_bps: float
    low_gross_bps: float
    executable: float
    is_hollow: bool

    def entry(self) -> dict[str, Any]:
        """Return it as a ledger file's line: times as ISO 8601 UTC."""
        values = asdict(self)
        start, end = iso_times(np.array([values.pop("start_us"), values.pop("end_us")]))
        return {"start": start, "end": end, **values, "cycle": list(self.cycle)}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TouchSizes:
    """The finished touches of a block's events (n,): prices and quantities, bids then asks."""

    prices: tuple[NDArray[np.float64], NDArray[np.float64]]
    quantities: tuple[NDArray[np.float64], NDArray[np.float64]]


def measure(
    market: Market,
    timeline: Timeline,
    held: HeldTops,
    touches: TouchSizes,
    spans: Sequence[EpisodeSpan],
    *,
    first_episode: int,
    seed: int,
) -> list[Dislocation]:
    """Return the runs above the limit within the episodes' spans, numbered on from the first."""
    limit = float(np.log1p(market.profile.limit_bps * 1e-4))
    found: list[Dislocation] = []
    for number, (episode, span) in enumerate(
        zip(timeline.episodes, spans, strict=True), first_episode
    ):
        events = np.arange(span.begin, span.after)
        ticks = events[timeline.tick_end[events] == events]
        edge = held.log_edge(market, episode.cycle)[ticks]
        # One more than rounding can add to a book that was held to the limit.
        for first, after in _runs(edge > limit + 1e-12):
            gross = np.expm1(edge[first:after]) * 1e4
            found.append(
                Dislocation(
                    episode=number,
                    kind=episode.kind.name,
                    seed=seed,
                    cycle=market.cycles[episode.cycle].assets,
                    start_us=int(timeline.time_us[ticks[first]]),
                    end_us=int(timeline.time_us[ticks[min(after, len(ticks) - 1)]]),
                    start_gross_bps=float(gross[0]),
                    peak_gross_bps=float(gross.max()),
                    low_gross_bps=float(gross.min()),
                    executable=_executable(market, timeline, touches, episode.cycle, ticks[first]),
                    is_hollow=episode.is_hollow,
                )
            )
    return found


def _runs(above: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return (first, after) of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], above, [False]))))
    return [(int(first), int(after)) for first, after in edges.reshape(-1, 2)]


def _executable(
    market: Market, timeline: Timeline, touches: TouchSizes, cycle: int, tick: np.int64
) -> float:
    """Return how much of the start asset passes all three touches at their prices, without fees."""
    most, rate = np.inf, 1.0
    for symbol, sign in zip(market.cycle_symbols[cycle], market.cycle_signs[cycle], strict=True):
        event = int(np.flatnonzero(timeline.symbol[: tick + 1] == symbol)[-1])
        side = 0 if sign > 0 else 1
        price = float(touches.prices[side][event])
        quantity = float(touches.quantities[side][event])
        taken = quantity if sign > 0 else quantity * price
        most = min(most, taken / rate)
        rate *= price if sign > 0 else 1 / price
    return float(most)
