"""Sets that share one scan: the same cycles, fees and marks, and so the same looks.

A group's plan has the lowest threshold of its sets; everything else that sets differ in is
decided after prices have been compared.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from backtesting.engine.config import DEFAULT_BALANCE, BacktestConfig, check_balances
from backtesting.engine.fees import FeeRate, resolve_fees
from backtesting.engine.plan import Plan
from backtesting.search.grid import SweepError
from pairings.cycles import CurrencyGraph, CycleError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from backtesting.engine.fees import AccountRates
    from backtesting.search.grid import SweepParameters
    from marketdata.columns import BookColumns
    from pairings.cycles import Cycle
    from pairings.rules import PairingRules

# The parameters that looks depend on, beside the threshold.
_SHARED = ("fee_rate", "fee_profile", "quote_asset")


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepInputs:
    """What a sweep rests on beside its events and its grid; see BacktestReplayEngine."""

    base: BacktestConfig
    rules: Mapping[str, PairingRules]
    account: AccountRates | None = None
    balances: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepGroup:
    """Sets of one scan: their `indexes` in the grid and `configs`, and what they share."""

    universe: frozenset[str]
    indexes: tuple[int, ...]
    configs: tuple[BacktestConfig, ...]
    cycles: tuple[Cycle, ...]
    fees: Mapping[str, FeeRate]
    balances: Mapping[str, float]

    def part(self, first: int, stop: int) -> SweepGroup:
        """Return the group of some of its sets, by their place in it."""
        return replace(self, indexes=self.indexes[first:stop], configs=self.configs[first:stop])

    def sample(self, count: int) -> SweepGroup:
        """Return the group of so many of its sets at most, spread over it."""
        step = max(1, len(self.indexes) // count)
        return replace(
            self,
            indexes=self.indexes[::step][:count],
            configs=self.configs[::step][:count],
        )

    def plan(self, columns: BookColumns, rules: Mapping[str, PairingRules]) -> Plan:
        """Return the plan of the group's scan over a window."""
        lowest = min(config.min_profit_threshold for config in self.configs)
        return Plan(
            columns=columns,
            config=replace(self.configs[0], min_profit_threshold=lowest),
            cycles=self.cycles,
            rules=rules,
            fees=self.fees,
            balances=self.balances,
            universe=self.universe,
        )


def group_sets(
    grid: Sequence[SweepParameters], inputs: SweepInputs, symbols: Sequence[str]
) -> tuple[SweepGroup, ...]:
    """Return the groups of a grid over events of these symbols, in order of their first set.

    Raises SweepError for a universe whose symbols form no traded triangle, FeeError where no fee
    is known.
    """
    members: dict[tuple[Any, ...], list[int]] = {}
    configs = [parameters.config(inputs.base) for parameters in grid]
    for index, (parameters, config) in enumerate(zip(grid, configs, strict=True)):
        universe = frozenset(parameters.universe or symbols)
        key = (universe, *(getattr(config, name) for name in _SHARED))
        members.setdefault(key, []).append(index)
    return tuple(
        _group(key[0], tuple(indexes), [configs[at] for at in indexes], inputs)
        for key, indexes in members.items()
    )


def _group(
    universe: frozenset[str],
    indexes: tuple[int, ...],
    configs: list[BacktestConfig],
    inputs: SweepInputs,
) -> SweepGroup:
    config = configs[0]
    rules = [inputs.rules[symbol] for symbol in sorted(universe)]
    try:
        cycles = CurrencyGraph(rules).cycles(config.starts)
    except CycleError as error:
        raise SweepError(f"the universe {','.join(sorted(universe))}: {error}") from error
    traded = {leg.symbol for cycle in cycles for leg in cycle.legs}
    given = inputs.balances
    return SweepGroup(
        universe=universe,
        indexes=indexes,
        configs=tuple(configs),
        cycles=cycles,
        fees=resolve_fees(config, rules, inputs.account, traded=traded),
        balances=check_balances({config.quote_asset: DEFAULT_BALANCE} if given is None else given),
    )
