"""Families of parameter sets, and the memory that replaying them takes.

Sets of a family differ in nothing but what decides whether to trade; see `kernel/outcomes.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from backtesting.engine.kernel import layout
from backtesting.engine.kernel.outcomes import LEFT, OUTCOME, WALK, Outcomes
from backtesting.engine.plan import build_run, config_row
from backtesting.engine.room import grow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from backtesting.engine.config import BacktestConfig
    from backtesting.search.candidates import Candidates

# What the sets of a family may differ in. The seed speaks only where there is jitter.
_FREE = ("threshold", "stale_after_us", "after_reset", "seed")
_FIRST_ROOM = 1024


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SetTable:
    """Parameter sets as the kernel reads them.

    `rows` (CONFIG); `families`: each set's, -1 for none; `order`: families together.
    """

    configs: Sequence[BacktestConfig]
    rows: NDArray[np.void]
    families: NDArray[np.int64]
    order: NDArray[np.int64]

    @classmethod
    def of(cls, configs: Sequence[BacktestConfig], assets: Sequence[str]) -> SetTable:
        """Return the table of these configs; `assets` gives each asset's index."""
        index = {asset: at for at, asset in enumerate(assets)}
        rows = np.zeros(len(configs), layout.CONFIG)
        for at, config in enumerate(configs):
            rows[at] = config_row(config, index)[0]
        rows["keep_takes"] = 0
        return cls._of(configs, rows, find_families(rows))

    def chosen(self, places: NDArray[np.int64]) -> SetTable:
        """Return the table of the sets at these places, in families as before."""
        configs = [self.configs[place] for place in places]
        return self._of(configs, self.rows[places], self.families[places])

    @classmethod
    def _of(
        cls,
        configs: Sequence[BacktestConfig],
        rows: NDArray[np.void],
        families: NDArray[np.int64],
    ) -> SetTable:
        order = np.argsort(families, kind="stable")
        return cls(configs=configs, rows=rows, families=families, order=order)


def find_families(configs: NDArray[np.void]) -> NDArray[np.int64]:
    """Return each config's (CONFIG) family, -1 for none.

    Without jitter and with one trade at a time, two sets or more make a family.
    """
    kind = configs.copy()
    for name in _FREE:
        kind[name] = 0
    _, families, sizes = np.unique(
        kind.view(f"V{kind.itemsize}"), return_inverse=True, return_counts=True
    )
    is_alone = (sizes[families] == 1) | (configs["jitter_ms"] > 0) | (configs["concurrency"] != 1)
    return np.where(is_alone, -1, families).astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SetMemory:
    """What one thread needs: `run` for a set, `trial` for single trades, and their `outcomes`."""

    run: layout.Run
    trial: layout.Run
    outcomes: Outcomes

    @classmethod
    def over(cls, candidates: Candidates) -> SetMemory:
        """Return the memory for replaying sets on these candidates."""
        room = min(_FIRST_ROOM, len(candidates.rows) + 1)
        return cls(
            run=build_run(candidates.plan, room=room),
            trial=build_run(candidates.plan),
            outcomes=Outcomes(
                walks=np.zeros(len(candidates.rows), WALK),
                outcomes=np.zeros(room, OUTCOME),
                left=np.zeros(room, LEFT),
                used=np.array([0, 0, -1], np.int64),
            ),
        )

    def grown(self, levels_a_trade: int) -> SetMemory:
        """Return a memory with more room in whatever the next trade could overflow."""
        trial = grow(self.trial, levels_a_trade)
        outcomes, left = self.outcomes.outcomes, self.outcomes.left
        used, used_left = int(self.outcomes.used[0]), int(self.outcomes.used[1])
        return replace(
            self,
            run=grow(self.run, levels_a_trade),
            trial=trial,
            outcomes=self.outcomes._replace(
                outcomes=_longer(outcomes, used + 1),
                left=_longer(left, used_left + len(trial.taken)),
            ),
        )


def _longer(table: NDArray[np.void], least: int) -> NDArray[np.void]:
    if least <= len(table):
        return table
    longer = np.zeros(max(least, 2 * len(table)), table.dtype)
    longer[: len(table)] = table
    return longer
