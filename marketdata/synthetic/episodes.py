"""Planted dislocations: when a cycle's three books come apart, how far, and in which events."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from marketdata.synthetic.arrivals import US_PER_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from marketdata.synthetic.profiles import Dislocations, EpisodeKind
    from pairings.cycles import Cycle

BPS: Final = 1e-4
_PEAK_PROBABILITIES: Final = (0.0, 0.25, 0.5, 0.95, 1.0)
# Books settle for this long, so that one episode's end is never another's start.
_SETTLE_US: Final = 400_000
# The legs open in one tick and end in one; a crumbling one takes this share of its length to end.
_CRUMBLE_SHARE: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One dislocation as planned: a directed cycle, its gross edge and what its touches take.

    `cycle` indexes the tape's cycles; `shares` are the legs' parts of the edge's logarithm,
    `sizes_usd` what their touches take. The
    edge starts at `start_level` of its peak and reaches it after a third of its length.
    """

    kind: EpisodeKind
    cycle: int
    start_us: int
    end_us: int
    peak_bps: float
    start_level: float
    shares: tuple[float, float, float]
    sizes_usd: tuple[float, float, float]
    is_hollow: bool

    @property
    def ending_us(self) -> int:
        """Return how long the legs take to come back, from the first to the last."""
        length = self.end_us - self.start_us
        return int(length * _CRUMBLE_SHARE) if self.kind.crumbles else 0

    def log_edge(self, time_us: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return log(1 + planned gross edge) at times within the episode."""
        passed = (time_us - self.start_us) / max(self.end_us - self.start_us, 1)
        level = np.where(passed < 1 / 3, self.start_level, 1.0)
        log_edge: NDArray[np.float64] = np.log1p(self.peak_bps * BPS * level)
        return log_edge


def plan_episodes(
    rng: Generator,
    dislocations: Dislocations,
    cycles: Sequence[Cycle],
    first_us: int,
    last_us: int,
) -> list[Episode]:
    """Return episodes between the two times, one after another, by a Poisson process at rest."""
    pause_us = 3600 * US_PER_S / dislocations.per_hour
    with_usd = [index for index, cycle in enumerate(cycles) if cycle.assets[0] == "USD"]
    others = [index for index, cycle in enumerate(cycles) if cycle.assets[0] != "USD"]
    found: list[Episode] = []
    start = first_us + rng.exponential(pause_us)
    while start < last_us:
        prefers_usd = rng.random() < dislocations.usd_share
        pool = (with_usd if prefers_usd else others) or with_usd or others
        episode = _draw(rng, dislocations, int(rng.choice(pool)), int(start))
        gone_us = episode.end_us + episode.ending_us
        if gone_us < last_us:
            found.append(episode)
        start = gone_us + _SETTLE_US + rng.exponential(pause_us)
    return found


def _draw(rng: Generator, dislocations: Dislocations, cycle: int, start_us: int) -> Episode:
    weights = np.array([kind.weight for kind in dislocations.kinds])
    kind = dislocations.kinds[int(rng.choice(len(weights), p=weights / weights.sum()))]
    low, high = kind.duration_s
    duration_s = low * (high / low) ** rng.random()
    parts = rng.uniform(0.9, 1.1, 3)
    first, second, third = (float(part) for part in parts / parts.sum())
    size = dislocations.size_usd * math.exp(dislocations.size_sigma * rng.standard_normal())
    slack = rng.uniform(1.0, 1.5, 3)
    return Episode(
        kind=kind,
        cycle=cycle,
        start_us=start_us,
        end_us=start_us + int(duration_s * US_PER_S),
        peak_bps=float(np.interp(rng.random(), _PEAK_PROBABILITIES, dislocations.peak_bps)),
        start_level=1.0 if kind.has_silent_leg or rng.random() < 0.7 else 0.9,  # noqa: PLR2004 - a draw
        shares=(first, second, third),
        sizes_usd=(size * float(slack[0]), size * float(slack[1]), size * float(slack[2])),
        is_hollow=rng.random() < kind.hollow_share,
    )


@dataclass(slots=True, kw_only=True)
class SymbolTimes:
    """One symbol's event times, and for each event the episode and leg that displace it, or -1.

    `ending` is the episode whose displacement of this symbol an event ends, or -1; `silenced`
    events are not this symbol's after all.
    """

    time_us: NDArray[np.int64]
    episode: NDArray[np.int64]
    leg: NDArray[np.int64]
    ending: NDArray[np.int64]
    forced: NDArray[np.bool_]
    silenced: NDArray[np.bool_]

    @classmethod
    def of(cls, time_us: NDArray[np.int64]) -> SymbolTimes:
        count = len(time_us)
        return cls(
            time_us=time_us,
            episode=np.full(count, -1),
            leg=np.full(count, -1),
            ending=np.full(count, -1),
            forced=np.zeros(count, np.bool_),
            silenced=np.zeros(count, np.bool_),
        )


def plant(
    rng: Generator,
    episodes: Sequence[Episode],
    legs: Sequence[tuple[int, int, int]],
    symbols: Sequence[SymbolTimes],
) -> list[Episode]:
    """Move each episode's opening and ending events into place; return those that found room.

    `legs` gives each cycle's three symbols. A leg opens with its first event from the start on
    and ends with its first from the end on, both brought forward: no event is added or lost.
    """
    planted: list[Episode] = []
    for episode in episodes:
        members = [symbols[index] for index in legs[episode.cycle]]
        opens = [_opening(member, episode.start_us) for member in members]
        ends = [
            _ending(member, episode.end_us, opened)
            for member, opened in zip(members, opens, strict=True)
        ]
        # A book must have been seen in this block, and must be seen again after the episode.
        is_inside = all(
            end < len(member.time_us) for end, member in zip(ends, members, strict=True)
        )
        if not is_inside or not all(opens):
            continue
        silent = int(rng.integers(3)) if episode.kind.has_silent_leg else -1
        for leg, member in enumerate(members):
            opened, end = opens[leg], ends[leg]
            _bring_forward(member, opened, episode.start_us)
            _bring_forward(member, end, episode.end_us + int(rng.integers(episode.ending_us + 1)))
            member.episode[opened:end] = len(planted)
            member.leg[opened:end] = leg
            member.ending[end] = len(planted)
            member.silenced[opened + 1 : end] = leg == silent
        planted.append(episode)
    return planted


def _opening(member: SymbolTimes, start_us: int) -> int:
    return int(np.searchsorted(member.time_us, start_us))


def _ending(member: SymbolTimes, end_us: int, opened: int) -> int:
    return max(int(np.searchsorted(member.time_us, end_us)), opened + 1)


def _bring_forward(member: SymbolTimes, index: int, to_us: int) -> None:
    """Move one event to an earlier time; one that comes before it anyway stays."""
    earlier = member.time_us[index - 1] + 1 if index else to_us
    member.time_us[index] = max(min(int(member.time_us[index]), to_us), int(earlier))
    member.forced[index] = True
