"""One market to be recorded: a profile over some pairings, and the cycles these make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from marketdata.synthetic.arrivals import mean_gap_s
from marketdata.synthetic.universe import RELATIVE_VOLATILITY, START_ASSETS, START_VALUE_USD
from pairings.cycles import CurrencyGraph

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from marketdata.synthetic.measured import BookShape
    from marketdata.synthetic.profiles import Profile
    from marketdata.synthetic.universe import SyntheticPairing
    from pairings.cycles import Cycle


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Market:
    """A profile over pairings. Symbols are their indices here, in the pairings' order.

    `cycles` are both directions of every triangle; `cycle_symbols` each one's three symbols in
    leg order, `cycle_signs` 1 for a sell and -1 for a buy.
    """

    profile: Profile
    pairings: tuple[SyntheticPairing, ...]
    assets: tuple[str, ...]
    cycles: tuple[Cycle, ...]
    cycle_symbols: tuple[tuple[int, int, int], ...]
    cycle_signs: tuple[tuple[int, int, int], ...]

    @classmethod
    def of(cls, profile: Profile, pairings: tuple[SyntheticPairing, ...]) -> Market:
        graph = CurrencyGraph(pairings)
        cycles = graph.cycles(START_ASSETS)
        place = {pairing.symbol: index for index, pairing in enumerate(pairings)}
        return cls(
            profile=profile,
            pairings=pairings,
            assets=graph.assets,
            cycles=cycles,
            cycle_symbols=tuple(_three(place[leg.symbol] for leg in c.legs) for c in cycles),
            cycle_signs=tuple(
                _three(1 if leg.side == "sell" else -1 for leg in c.legs) for c in cycles
            ),
        )

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(pairing.symbol for pairing in self.pairings)

    def shape(self, symbol: int) -> BookShape:
        return self.profile.shapes[self.pairings[symbol].tier]

    def other_symbols(self, cycle: int) -> tuple[int, ...]:
        """Return the symbols that are not in this cycle."""
        return tuple(
            index for index in range(len(self.pairings)) if index not in self.cycle_symbols[cycle]
        )

    def events_per_s(self) -> float:
        """Return how many events a second all symbols have together, on average."""
        return sum(1 / mean_gap_s(self.shape(index).gaps_ms) for index in range(len(self.pairings)))

    def start_log_values(self) -> NDArray[np.float64]:
        return np.log([START_VALUE_USD[asset] for asset in self.assets])

    def return_std(self) -> NDArray[np.float64]:
        """Return each asset's volatility in log value per square-root second."""
        relative = np.array([RELATIVE_VOLATILITY[asset] for asset in self.assets])
        std: NDArray[np.float64] = relative * (self.profile.return_std_bps * 1e-4)
        return std

    def asset_places(self, symbol: int) -> tuple[int, int]:
        """Return where the symbol's base and quote stand among the assets."""
        pairing = self.pairings[symbol]
        return self.assets.index(pairing.base), self.assets.index(pairing.quote)


def _three(values: Iterable[int]) -> tuple[int, int, int]:
    first, second, third = values
    return first, second, third
