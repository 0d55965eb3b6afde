"""The axes of a grid as people read them: words, short texts of values, places of sets on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from backtesting.analysis.parameters import WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from backtesting.search.artifacts import SweepArtifacts
    from backtesting.search.grid import SweepAxes

_BPS: Final = 10_000
_PERCENT: Final = 100
_UNITS: Final = {
    "slippage_bps": "bps",
    "execution_latency_ms": "ms",
    "latency_jitter_ms": "ms",
    "staleness_threshold_ms": "ms",
    "max_depth_levels": "levels",
}
# A universe with more symbols than this is shown by its first ones.
_FEW: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AxisView:
    """An axis with its values as texts; `places` says at which value each set stands."""

    name: str
    words: str
    texts: tuple[str, ...]
    places: NDArray[np.int64]

    @property
    def varies(self) -> bool:
        """Return whether sets differ on it."""
        return len(self.texts) > 1


def axes_of(artifacts: SweepArtifacts) -> tuple[AxisView, ...]:
    """Return every axis of a sweep, in the order of the product."""
    by_name = artifacts.axes.by_name()
    lengths = tuple(len(values) for values in by_name.values())
    places = np.unravel_index(np.arange(len(artifacts)), lengths)
    quote = artifacts.base.quote_asset
    return tuple(
        AxisView(
            name=name,
            words=words_of(name),
            texts=texts_of(name, values, quote, artifacts.symbols),
            places=place.astype(np.int64),
        )
        for (name, values), place in zip(by_name.items(), places, strict=True)
    )


def places_of(axes: SweepAxes, index: int, quote: str) -> tuple[str, ...]:
    """Return a set's values on the axes that vary, before there are any artifacts."""
    found = []
    rest = index
    for name, values in reversed(axes.by_name().items()):
        rest, place = divmod(rest, len(values))
        if len(values) > 1:
            found.append(f"{words_of(name).lower()} {texts_of(name, values, quote, ())[place]}")
    return tuple(reversed(found))


def words_of(name: str) -> str:
    """Return an axis in a trader's words."""
    return "Universe" if name == "universe" else WORDS[name]


def texts_of(
    name: str, values: Sequence[Any], quote: str, symbols: Sequence[str]
) -> tuple[str, ...]:
    """Return each value of an axis as a short text; no two of an axis are the same."""
    if name == "universe":
        return tuple(_universe(at, value, symbols) for at, value in enumerate(values))
    return tuple(value_text(name, value, quote) for value in values)


def value_text(name: str, value: Any, quote: str) -> str:
    """Return one value of an axis with its unit."""
    if value is None:
        return "no limit" if name == "staleness_threshold_ms" else "-"
    if name == "min_profit_threshold":
        return f"{value * _BPS:,.10g} bps"
    if name == "fee_rate" and not value:
        return "no flat rate"  # the account's own is charged then, not nothing
    if name == "fee_rate":
        return f"{value * _PERCENT:,.10g} %"
    if name == "trade_capital":
        return f"{value:,.10g} {quote}"
    text = f"{value:,.10g}" if isinstance(value, float) else str(value)
    return f"{text} {_UNITS.get(name, '')}".rstrip()


def _universe(at: int, value: tuple[str, ...] | None, symbols: Sequence[str]) -> str:
    if value is None:
        return f"all {len(symbols)} symbols" if symbols else "all symbols"
    shown = ", ".join(value[:_FEW])
    more = f" +{len(value) - _FEW}" if len(value) > _FEW else ""
    return f"{at + 1}: {shown}{more}"
