"""The events of one block of a tape: times and symbols in order, with what is planted in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from marketdata.synthetic.arrivals import US_PER_S, arrival_times, share_times
from marketdata.synthetic.episodes import SymbolTimes, plan_episodes, plant
from marketdata.synthetic.faults import is_clear, without
from marketdata.synthetic.measured import SAME_TIME_SHARE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from marketdata.synthetic.episodes import Episode
    from marketdata.synthetic.faults import Outage
    from marketdata.synthetic.market import Market

# No episode within these of a block's first and last event: books open, episodes end.
_OPENING_US = 2 * US_PER_S
_CLOSING_US = 3 * US_PER_S
_LEGS: Final = 3


class EpisodeSpan(NamedTuple):
    """An episode's events: the first of its first tick, of its last tick, and the first after it.

    In its last tick all three legs are natural again.
    """

    begin: int
    last_tick: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Events in order, (n,) each: `episode` and `leg` are -1 where nothing displaces the event.

    `forced` events open or end an episode, `ending` says which one they end (-1: none).
    `tick_end` is the index of the last event that bears the same time; `episodes` are what
    `episode` indexes.
    """

    time_us: NDArray[np.int64]
    symbol: NDArray[np.int64]
    episode: NDArray[np.int64]
    leg: NDArray[np.int64]
    ending: NDArray[np.int64]
    forced: NDArray[np.bool_]
    tick_end: NDArray[np.int64]
    episodes: Sequence[Episode]

    def __len__(self) -> int:
        return len(self.time_us)

    def opening_events(self) -> NDArray[np.int64]:
        """Return the index of the first displaced event of each episode."""
        planted = np.flatnonzero(self.episode >= 0)
        opening = np.full(len(self.episodes), -1)
        opening[self.episode[planted][::-1]] = planted[::-1]
        return opening

    def episode_spans(self) -> list[EpisodeSpan]:
        """Return where each episode's ticks stand; one that the tape cuts off reaches its end."""
        return [
            self._span(number, opening)
            for number, opening in enumerate(self.opening_events().tolist())
        ]

    def _span(self, number: int, opening: int) -> EpisodeSpan:
        begin, count = self._tick_start(opening), len(self)
        ending = np.flatnonzero(self.ending == number)
        if len(ending) < _LEGS:
            return EpisodeSpan(begin, count, count)
        last = int(ending[-1])
        return EpisodeSpan(begin, self._tick_start(last), int(self.tick_end[last]) + 1)

    def _tick_start(self, index: int) -> int:
        """Return the index of the first event that bears this one's time."""
        return int(np.searchsorted(self.time_us, self.time_us[index]))


def build_timeline(
    rng: Generator,
    market: Market,
    next_us: Sequence[int],
    until_us: int,
    remaining: int,
    outages: Sequence[Outage],
) -> tuple[Timeline, list[int]]:
    """Return the block's events before `until_us`, at most `remaining`, and each symbol's next."""
    drawn = [
        arrival_times(rng, market.shape(index).gaps_ms, first, until_us)
        for index, first in enumerate(next_us)
    ]
    symbols = [
        SymbolTimes.of(without(times, index, outages)) for index, (times, _) in enumerate(drawn)
    ]
    natural = np.sort(np.concatenate([member.time_us for member in symbols]))[:remaining]
    episodes = plan_episodes(
        rng,
        market.profile.dislocations,
        market.cycles,
        int(natural[0]) + _OPENING_US,
        int(natural[-1]) - _CLOSING_US,
    )
    clear = [episode for episode in episodes if is_clear(episode, outages)]
    planted = plant(rng, clear, market.cycle_symbols, symbols)
    return _merge(rng, market, symbols, planted, remaining), [after for _, after in drawn]


def _merge(
    rng: Generator,
    market: Market,
    symbols: Sequence[SymbolTimes],
    planted: Sequence[Episode],
    remaining: int,
) -> Timeline:
    time_us = np.concatenate([member.time_us for member in symbols])
    order = np.argsort(time_us, kind="stable")[:remaining]
    symbol = np.repeat(np.arange(len(symbols)), [len(member.time_us) for member in symbols])[order]
    episode = np.concatenate([member.episode for member in symbols])[order]
    leg = np.concatenate([member.leg for member in symbols])[order]
    forced = np.concatenate([member.forced for member in symbols])[order]
    silenced = np.concatenate([member.silenced for member in symbols])[order]
    for index in np.flatnonzero(silenced):
        others = market.other_symbols(planted[episode[index]].cycle)
        if others:
            symbol[index] = others[int(rng.integers(len(others)))]
            episode[index] = leg[index] = -1
    shared = share_times(rng, time_us[order], share=SAME_TIME_SHARE, fixed=forced)
    return Timeline(
        time_us=shared,
        symbol=symbol,
        episode=episode,
        leg=leg,
        ending=np.concatenate([member.ending for member in symbols])[order],
        forced=forced,
        tick_end=np.searchsorted(shared, shared, side="right") - 1,
        episodes=planted,
    )
