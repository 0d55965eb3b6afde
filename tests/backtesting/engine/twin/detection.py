"""Looking at cycles: returns, counts, episodes and which cycles are armed (sections 4 and 5)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.backtesting.engine.twin.cycles import Cycle
    from tests.backtesting.engine.twin.market import Book


class Watch:
    """`cycles` in canonical order; `disarmed` names those that wait to be re-armed."""

    def __init__(self, cycles: list[Cycle], books: Mapping[str, Book], threshold: float) -> None:
        self.counts: Counter[str] = Counter()
        self.disarmed: set[tuple[str, str, str]] = set()
        self.episodes: list[dict[str, Any]] = []
        self._open: dict[tuple[str, str, str], dict[str, Any]] = {}
        self._books = books
        self._threshold = threshold
        self._by_symbol: dict[str, list[int]] = {}
        self._cycles = cycles
        for place, cycle in enumerate(cycles):
            for symbol in cycle.symbols:
                self._by_symbol.setdefault(symbol, []).append(place)

    def look(self, symbols: set[str], t: int) -> list[Cycle]:
        """Look at each cycle with one of `symbols`; return the opportunities, best first."""
        places = {place for symbol in symbols for place in self._by_symbol.get(symbol, ())}
        found = []
        for cycle in (self._cycles[place] for place in sorted(places)):
            if any(symbol not in self._books for symbol in cycle.symbols):
                continue
            self.counts["looks"] += 1
            returns = self.returns(cycle)
            if returns is not None and self._judge(cycle, *returns, t):
                found.append((returns[0], cycle))
        # The sort is stable: ties stay in canonical order.
        return [cycle for _, cycle in sorted(found, key=lambda pair: -pair[0])]

    def close(self, last_t: int) -> list[dict[str, Any]]:
        """Return the rows of all episodes, those without an end censored at `last_t`."""
        for row in self._open.values():
            row |= {"end": last_t, "censored": True}
        return self.episodes

    def returns(self, cycle: Cycle) -> tuple[float, float] | None:
        """Return R and R0, None where a leg's side is empty."""
        net = gross = 1.0
        for leg in cycle.legs:
            levels = self._books[leg.pair.symbol].facing(leg.side)
            if not levels:
                return None
            price = levels[0][0]
            if leg.side == "sell":
                net *= price * leg.gain
                gross *= price
            else:
                net *= 1.0 / (price * leg.gain)
                gross *= 1.0 / price
        return net - 1.0, gross - 1.0

    def _judge(self, cycle: Cycle, net: float, gross: float, t: int) -> bool:
        """Count one look and tell whether it is an opportunity."""
        self.counts["gross_positive"] += gross > 0.0
        self.counts["net_positive"] += net > 0.0
        if net < self._threshold:
            self.disarmed.discard(cycle.assets)
            if cycle.assets in self._open:
                self._open.pop(cycle.assets)["end"] = t
            return False
        self.counts["opportunities_seen"] += 1
        if cycle.assets not in self._open:
            row = {"cycle": list(cycle.assets), "start": t, "end": None, "censored": False}
            self._open[cycle.assets] = row
            self.episodes.append(row)
        return True
