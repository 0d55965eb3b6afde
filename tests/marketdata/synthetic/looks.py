"""What a tape offers, counted with plain NumPy from the standard's words: no code of the makers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pairings.cycles import CurrencyGraph

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from marketdata.columns import BookColumns
    from pairings.cycles import Cycle
    from pairings.rules import PairingRules


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CycleLooks:
    """One cycle at every tick (t,): its gross rate, NaN where blind or unseen; where looked at."""

    cycle: Cycle
    time_us: NDArray[np.int64]
    gross_rate: NDArray[np.float64]
    is_look: NDArray[np.bool_]


def every_look(
    columns: BookColumns, pairings: Iterable[PairingRules], start_assets: Sequence[str]
) -> Iterator[CycleLooks]:
    """Yield each directed cycle's looks, after all books of a tick are applied."""
    symbol = columns.symbol & 0x7FFF
    count = len(columns)
    is_last = np.append(columns.time_us[1:] != columns.time_us[:-1], True)
    tick_of = np.cumsum(np.concatenate(([0], is_last[:-1])))
    ends = np.flatnonzero(is_last)
    bid = np.where(columns.best_bid > 0, columns.best_bid, np.nan)
    inverse_ask = np.where(columns.inverse_ask > 0, columns.inverse_ask, np.nan)
    rates, seen, touched = {}, {}, {}
    for index, name in enumerate(columns.symbols):
        place = np.maximum.accumulate(np.where(symbol == index, np.arange(count), -1))[ends]
        seen[name] = place >= 0
        touched[name] = np.bincount(tick_of[symbol == index], minlength=len(ends)) > 0
        for side, rate in (("sell", bid), ("buy", inverse_ask)):
            rates[name, side] = np.where(place >= 0, rate[place], np.nan)
    for cycle in CurrencyGraph(pairings).cycles(start_assets):
        first, second, third = cycle.legs
        all_seen = seen[first.symbol] & seen[second.symbol] & seen[third.symbol]
        in_tick = touched[first.symbol] | touched[second.symbol] | touched[third.symbol]
        gross = rates[first.symbol, first.side] * rates[second.symbol, second.side]
        yield CycleLooks(
            cycle=cycle,
            time_us=columns.time_us[ends],
            gross_rate=gross * rates[third.symbol, third.side],
            is_look=in_tick & all_seen,
        )
