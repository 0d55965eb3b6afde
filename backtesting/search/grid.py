"""The grid of a sweep: which parameter sets, in which order (the standard, section 10)."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, field, fields, replace
from itertools import product
from typing import TYPE_CHECKING, Any

from backtesting.engine.config import BacktestConfig, ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Universe = tuple[str, ...]
# The axes of the design, in the order of the product; the last of all axes varies fastest.
MAIN_AXES = ("min_profit_threshold", "trade_capital", "universe", "staleness_threshold_ms")
# What is one list or table in a config cannot be one of several values of an axis.
_NO_AXES = ("min_order_size_by_pair", "start_assets", *MAIN_AXES)
FURTHER_AXES = tuple(found.name for found in fields(BacktestConfig) if found.name not in _NO_AXES)


class SweepError(ValueError):
    """A sweep cannot be run as asked; the message names the value and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepParameters:
    """One set of the grid. `universe` None: all symbols of the sweep; `further`: other axes."""

    min_profit_threshold: float
    trade_capital: float
    universe: Universe | None
    staleness_threshold_ms: float | None
    further: Mapping[str, Any] = field(default_factory=dict)

    def config(self, base: BacktestConfig) -> BacktestConfig:
        """Return the config of a replay of this set; raise ConfigError for a bad value."""
        return replace(
            base,
            min_profit_threshold=self.min_profit_threshold,
            trade_capital=self.trade_capital,
            staleness_threshold_ms=self.staleness_threshold_ms,
            **self.further,
        )

    def over(self, symbols: Sequence[str]) -> SweepParameters:
        """Return the set with these symbols for its universe where it names none."""
        return self if self.universe else replace(self, universe=tuple(symbols))

    def as_json(self) -> dict[str, Any]:
        """Return the set as plain values, axis by axis."""
        return {
            "min_profit_threshold": self.min_profit_threshold,
            "trade_capital": self.trade_capital,
            "universe": None if self.universe is None else list(self.universe),
            "staleness_threshold_ms": self.staleness_threshold_ms,
            **self.further,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepAxes:
    """The values of each axis. Raises SweepError for an empty axis and for a value given twice."""

    min_profit_threshold: tuple[float, ...]
    trade_capital: tuple[float, ...]
    universe: tuple[Universe | None, ...] = (None,)
    staleness_threshold_ms: tuple[float | None, ...] = (None,)
    further: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.further:
            if name not in FURTHER_AXES:
                raise SweepError(
                    f"{name!r} is no axis of a sweep; further axes are {', '.join(FURTHER_AXES)}"
                )
        for name, values in self.by_name().items():
            _check_axis(name, values)
        _check_universes(self.universe)

    @classmethod
    def of(cls, base: BacktestConfig) -> SweepAxes:
        """Return the axes of a sweep over nothing: one set, the config's own."""
        return cls(
            min_profit_threshold=(base.min_profit_threshold,),
            trade_capital=(base.trade_capital,),
            staleness_threshold_ms=(base.staleness_threshold_ms,),
        )

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> SweepAxes:
        """Return the axes that `as_json` gave."""
        return cls(
            min_profit_threshold=tuple(values["min_profit_threshold"]),
            trade_capital=tuple(values["trade_capital"]),
            universe=tuple(
                None if universe is None else tuple(universe) for universe in values["universe"]
            ),
            staleness_threshold_ms=tuple(values["staleness_threshold_ms"]),
            further={name: tuple(found) for name, found in values["further"]},
        )

    def as_json(self) -> dict[str, Any]:
        """Return the axes as plain values.

        Further axes are a list of pairs: their order is that of the grid, and a database does not
        keep the order of an object's names.
        """
        return {
            "min_profit_threshold": list(self.min_profit_threshold),
            "trade_capital": list(self.trade_capital),
            "universe": [None if found is None else list(found) for found in self.universe],
            "staleness_threshold_ms": list(self.staleness_threshold_ms),
            "further": [[name, list(values)] for name, values in self.further.items()],
        }

    def by_name(self) -> dict[str, tuple[Any, ...]]:
        """Return every axis with its values, in the order of the product."""
        return {name: getattr(self, name) for name in MAIN_AXES} | dict(self.further)

    @property
    def count(self) -> int:
        """Return how many sets the grid has, without making any."""
        return math.prod(len(values) for values in self.by_name().values())


def build_parameter_grid(
    axes: SweepAxes, base: BacktestConfig, limit: int | None = None
) -> tuple[SweepParameters, ...]:
    """Return the sets in grid order; their index counts from 0.

    Raises SweepError where there are more than `limit`, before any is made, and ConfigError for a
    value out of its bounds.
    """
    if limit is not None and axes.count > limit:
        raise SweepError(
            f"the grid has {axes.count:,} parameter sets, more than the {limit:,} allowed; "
            f"give fewer values to an axis"
        )
    grid = tuple(_sets(axes))
    _check_values(axes, base)
    return grid


def _sets(axes: SweepAxes) -> Iterator[SweepParameters]:
    names = tuple(axes.further)
    for theta, capital, universe, staleness, *rest in product(*axes.by_name().values()):
        yield SweepParameters(
            min_profit_threshold=theta,
            trade_capital=capital,
            universe=universe,
            staleness_threshold_ms=staleness,
            further=dict(zip(names, rest, strict=True)),
        )


def _check_axis(name: str, values: tuple[Any, ...]) -> None:
    if not values:
        raise SweepError(f"{name} has no value; give it one or more")
    seen = set()
    for value in values:
        if not isinstance(value, Hashable):
            raise SweepError(f"{name} has {value!r}; a value is a number or a word")
        if value in seen:
            raise SweepError(f"{name} has {_shown(value)} twice; give each value once")
        seen.add(value)


def _check_universes(universes: tuple[Universe | None, ...]) -> None:
    named = [universe for universe in universes if universe is not None]
    for at, universe in enumerate(named):
        if not universe:
            raise SweepError("a universe is empty; name its symbols, such as BTC/USD,ETH/USD")
        if len(set(universe)) < len(universe):
            raise SweepError(f"the universe {_shown(universe)} names a symbol twice")
        if set(universe) in map(set, named[:at]):
            raise SweepError(f"the universe {_shown(universe)} is there twice; give it once")


def _check_values(axes: SweepAxes, base: BacktestConfig) -> None:
    """Raise ConfigError for any value that no config takes, an axis at a time."""
    for name, values in axes.by_name().items():
        for value in values if name != "universe" else ():
            try:
                replace(base, **{name: value})
            except ConfigError as error:
                raise SweepError(f"axis {name}: {error}") from error


def _shown(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
