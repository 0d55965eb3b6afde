"""The directed cycles of a run, found by trying every three assets (section 2)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.backtesting.engine.twin.pairs import Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """`gain` is 1 - f for a sell, 1 + f for a buy: what prices are multiplied by."""

    pair: Pair
    side: Literal["buy", "sell"]
    source: str
    target: str
    gain: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """`back` holds the legs that bring the second and the third asset home to the start."""

    assets: tuple[str, str, str]
    legs: tuple[Leg, Leg, Leg]
    back: tuple[Leg, Leg]
    symbols: frozenset[str]


def find_cycles(pairs: Iterable[Pair], starts: Sequence[str]) -> list[Cycle]:
    """Return all directed cycles in canonical order; a ValueError where there are none."""
    joined = _joined(pairs)
    assets = sorted({asset for edge in joined for asset in edge})
    cycles = []
    for triangle in combinations(assets, 3):
        if all(frozenset(edge) in joined for edge in combinations(triangle, 2)):
            start = next((asset for asset in starts if asset in triangle), None)
            if start is not None:
                one, other = (asset for asset in triangle if asset != start)
                cycles.append(_cycle((start, one, other), joined))
                cycles.append(_cycle((start, other, one), joined))
    if not cycles:
        raise ValueError("no tradable triangle")
    return sorted(cycles, key=lambda cycle: cycle.assets)


def _joined(pairs: Iterable[Pair]) -> dict[frozenset[str], Pair]:
    joined: dict[frozenset[str], Pair] = {}
    for pair in pairs:
        edge = frozenset((pair.base, pair.quote))
        if edge in joined:
            raise ValueError(f"{joined[edge].symbol} and {pair.symbol} join the same two assets")
        joined[edge] = pair
    return joined


def _cycle(assets: tuple[str, str, str], joined: dict[frozenset[str], Pair]) -> Cycle:
    def leg(source: str, target: str) -> Leg:
        pair = joined[frozenset((source, target))]
        if source == pair.base:
            return Leg(pair=pair, side="sell", source=source, target=target, gain=1.0 - pair.fee)
        return Leg(pair=pair, side="buy", source=source, target=target, gain=1.0 + pair.fee)

    start, second, third = assets
    legs = (leg(start, second), leg(second, third), leg(third, start))
    return Cycle(
        assets=assets,
        legs=legs,
        back=(leg(second, start), leg(third, start)),
        symbols=frozenset(leg.pair.symbol for leg in legs),
    )
