"""The currency graph and the directed triangles that can be traded over it.

Pure: a node per asset, an edge per pairing. The standard's section 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

from pairings.rules import PairingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Side = Literal["buy", "sell"]
_SHOWN: Final = 10


class CycleError(PairingError):
    """The pairings form no graph, or no triangle, that can be traded."""


class Edge(Protocol):
    """What the graph asks of a pairing: a row or its rules will do."""

    @property
    def symbol(self) -> str: ...
    @property
    def base(self) -> str: ...
    @property
    def quote(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Leg:
    """One order of a cycle, from the asset `source` to the asset `target` over `symbol`."""

    symbol: str
    side: Side
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Cycle:
    """A directed triangle: start, second and third asset, and the legs that lead back to start."""

    assets: tuple[str, str, str]
    legs: tuple[Leg, Leg, Leg]

    def __str__(self) -> str:
        return " -> ".join((*self.assets, self.assets[0]))


class CurrencyGraph:
    """Assets joined by pairings; at most one pairing may join two assets."""

    def __init__(self, pairings: Iterable[Edge]) -> None:
        self._legs: dict[tuple[str, str], Leg] = {}
        self._neighbors: dict[str, set[str]] = {}
        for pairing in pairings:
            self._add(pairing)

    @property
    def assets(self) -> tuple[str, ...]:
        return tuple(sorted(self._neighbors))

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(sorted({leg.symbol for leg in self._legs.values()}))

    def triangles(self) -> tuple[tuple[str, str, str], ...]:
        """Return every three assets joined pairwise, each sorted, in sorted order."""
        later = {
            asset: {other for other in others if other > asset}
            for asset, others in self._neighbors.items()
        }
        return tuple(
            (first, second, third)
            for first in self.assets
            for second in sorted(later[first])
            for third in sorted(later[first] & later[second])
        )

    def cycles(self, start_assets: Sequence[str]) -> tuple[Cycle, ...]:
        """Return both directions of every triangle that holds a start asset, in canonical order.

        A triangle starts from the first of `start_assets` among its three. Canonical order is
        that of (start, second, third). Raises CycleError where there is no cycle, saying why.
        """
        triangles = self.triangles()
        if not triangles:
            raise CycleError(
                f"no triangle can be formed of {_listed(self.symbols)}; "
                f"name symbols that join three assets pairwise"
            )
        found = sorted(
            path for triangle in triangles for path in _directions(triangle, start_assets)
        )
        if not found:
            raise CycleError(
                f"none of the {len(triangles)} triangles holds a start asset "
                f"({_listed(start_assets)}); set quote_asset or start_assets to one of "
                f"{_listed(sorted({asset for triangle in triangles for asset in triangle}))}"
            )
        return tuple(self._cycle(assets) for assets in found)

    def _add(self, pairing: Edge) -> None:
        base, quote, symbol = pairing.base, pairing.quote, pairing.symbol
        known = self._legs.get((base, quote))
        if known:
            raise CycleError(
                f"{known.symbol} and {symbol} join the same two assets; leave one of them out"
            )
        self._legs[base, quote] = Leg(symbol, "sell", base, quote)
        self._legs[quote, base] = Leg(symbol, "buy", quote, base)
        self._neighbors.setdefault(base, set()).add(quote)
        self._neighbors.setdefault(quote, set()).add(base)

    def _cycle(self, assets: tuple[str, str, str]) -> Cycle:
        start, second, third = assets
        legs = self._legs
        return Cycle(assets, (legs[start, second], legs[second, third], legs[third, start]))


def _directions(
    triangle: tuple[str, str, str], start_assets: Sequence[str]
) -> tuple[tuple[str, str, str], ...]:
    start = next((asset for asset in start_assets if asset in triangle), None)
    if start is None:
        return ()
    second, third = (asset for asset in triangle if asset != start)
    return (start, second, third), (start, third, second)


def _listed(names: Sequence[str]) -> str:
    """Return names as words, the first ten of many, so that an error stays one line."""
    rest = len(names) - _SHOWN
    words = ", ".join(names[:_SHOWN]) or "nothing"
    return f"{words} and {rest} more" if rest > 0 else words
