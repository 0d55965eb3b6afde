"""What the enabled pairings make together: their triangles, and a graph that can be drawn. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pairings.cycles import CurrencyGraph, CycleError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pairings.cycles import Edge

MOST_DRAWN: Final = 200
_NODE_SIZE: Final = (14, 46)


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """What pairings form: triangles of three assets each, and of how many a symbol is a side.

    `conflict` says why they cannot be replayed together; there are no triangles then.
    """

    pairings: int
    assets: int
    triangles: tuple[tuple[str, str, str], ...] = ()
    sides: Mapping[str, int]
    conflict: str = ""

    def idle(self) -> list[str]:
        """Return the symbols that are a side of no triangle, sorted: they can trade nothing."""
        return sorted(symbol for symbol, count in self.sides.items() if not count)


def form_together(pairings: Sequence[Edge]) -> Together:
    """Return the triangles of pairings, two of which may turn out to be in conflict."""
    sides = Counter(dict.fromkeys((pairing.symbol for pairing in pairings), 0))
    assets = {asset for pairing in pairings for asset in (pairing.base, pairing.quote)}
    try:
        triangles = CurrencyGraph(pairings).triangles()
    except CycleError as error:
        return Together(
            pairings=len(pairings), assets=len(assets), sides=sides, conflict=str(error)
        )
    symbols = {frozenset((pairing.base, pairing.quote)): pairing.symbol for pairing in pairings}
    for first, second, third in triangles:
        sides.update(
            symbols[frozenset(two)] for two in ((first, second), (second, third), (first, third))
        )
    return Together(pairings=len(pairings), assets=len(assets), triangles=triangles, sides=sides)


def draw_graph(pairings: Sequence[Edge]) -> dict[str, object]:
    """Return nodes and links for the page's chart: the MOST_DRAWN pairings of most triangles."""
    together = form_together(pairings)
    drawn = sorted(pairings, key=lambda one: (-together.sides[one.symbol], one.symbol))[:MOST_DRAWN]
    degree = Counter(asset for pairing in drawn for asset in (pairing.base, pairing.quote))
    smallest, largest = _NODE_SIZE
    widest = max(degree.values(), default=1)
    return {
        "pairings": len(pairings),
        "drawn": len(drawn),
        "triangles": len(together.triangles),
        "nodes": [
            {
                "name": asset,
                "pairings": count,
                "size": smallest + (largest - smallest) * count / widest,
            }
            for asset, count in sorted(degree.items())
        ],
        "links": [
            {
                "source": pairing.base,
                "target": pairing.quote,
                # "symbol" is the chart library's word for the shape of a link's end.
                "pairing": pairing.symbol,
                "triangles": together.sides[pairing.symbol],
            }
            for pairing in drawn
        ],
    }
