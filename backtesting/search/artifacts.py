"""What a sweep leaves: every set's figures, the verdicts on them, and what they rest on.

Figures stay in tables; a result becomes an object only where somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from backtesting.search.facts import window_report
from backtesting.search.folds import Fold, fold_of
from backtesting.search.neighbors import agreement
from backtesting.search.promotion import FailedGate, are_ready, failed_gates
from backtesting.search.robustness import Evidence, failed_robust_gates
from backtesting.search.scoring import best_first, generalization_gaps, scores
from backtesting.search.trust import Trust, trust_in
from marketdata.moments import from_us

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from backtesting.engine.config import BacktestConfig
    from backtesting.search.figures import PartResult
    from backtesting.search.grid import SweepAxes, SweepParameters
    from backtesting.search.options import SearchOptions
    from backtesting.search.robustness import Luck
    from backtesting.search.windows import Split

TRAIN, TEST = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepResult:
    """One set's result: reports of both windows as plain values, scores and verdicts.

    `generalization_gap` None: neither score is above 0.
    """

    index: int
    parameters: SweepParameters
    train: Mapping[str, Any] = field(repr=False)
    test: Mapping[str, Any] = field(repr=False)
    train_score: float
    test_score: float
    generalization_gap: float | None
    failed_gates: tuple[FailedGate, ...]
    failed_robust_gates: tuple[FailedGate, ...]
    trust: Trust

    @property
    def promotion_ready(self) -> bool:
        """Return whether the set passes every gate of the design."""
        return not self.failed_gates

    @property
    def robust(self) -> bool:
        """Return whether it passes those that tell an edge from luck as well."""
        return not self.failed_robust_gates

    def as_json(self) -> dict[str, Any]:
        """Return the result as plain values, as the sweep command prints it."""
        return {
            "index": self.index,
            "parameters": self.parameters.as_json(),
            "train": dict(self.train),
            "test": dict(self.test),
            "train_score": self.train_score,
            "test_score": self.test_score,
            "generalization_gap": self.generalization_gap,
            "promotion_ready": self.promotion_ready,
            "failed_gates": [gate.as_json() for gate in self.failed_gates],
            "robust": self.robust,
            "failed_robust_gates": [gate.as_json() for gate in self.failed_robust_gates],
            "trust": self.trust.as_json(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepSource:
    """Where a sweep's events come from, and the name of them and all else that it rests on."""

    fingerprint: str
    recordings: tuple[str, ...] = ()
    is_synthetic: bool = False
    rejected_events: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SweepArtifacts:
    """A whole sweep, its sets in grid order.

    `splits`: the single split, then those of a walk forward; `part` has a train and a test window
    for each of them. `symbols` are all of the sweep; `assets` names the columns of balances.
    """

    axes: SweepAxes
    grid: tuple[SweepParameters, ...]
    base: BacktestConfig
    options: SearchOptions
    source: SweepSource
    splits: tuple[Split, ...]
    symbols: tuple[str, ...]
    assets: tuple[str, ...]
    part: PartResult
    luck: Luck

    def __len__(self) -> int:
        return len(self.grid)

    @property
    def t_split(self) -> int:
        """Return the time of the single split, in microseconds."""
        return self.splits[0].split_us

    def scores(self, window: int) -> NDArray[np.float64]:
        """Return every set's score in a window."""
        return scores(self.part.figures[window].summaries, self.options.weights)

    @property
    def gaps(self) -> NDArray[np.float64]:
        """Return every set's generalization gap; NaN where there is none."""
        return generalization_gaps(self.scores(TRAIN), self.scores(TEST))

    @property
    def ready(self) -> NDArray[np.bool_]:
        """Return which sets are promotion_ready."""
        return are_ready(self.part.figures[TEST].summaries, self.gaps, self.options.criteria)

    @property
    def order(self) -> NDArray[np.int64]:
        """Return the indexes of the sets, best first."""
        return best_first(self.scores(TRAIN))

    @property
    def folds(self) -> tuple[Fold, ...]:
        """Return the folds of the walk forward, in order of time; none without one."""
        figures, weights = self.part.figures, self.options.weights
        return tuple(
            fold_of(split, figures[2 * at].summaries, figures[2 * at + 1].summaries, weights)
            for at, split in enumerate(self.splits[1:], 1)
        )

    @property
    def results(self) -> SweepResults:
        """Return the results, best first."""
        return SweepResults(self, self.order)

    def result(self, index: int) -> SweepResult:
        """Return the result of the set of this index."""
        return SweepResults(self, np.array([index]))[0]

    def as_json(self) -> dict[str, Any]:
        """Return the sweep as plain values, as the command prints it."""
        return {
            **self.head_as_json(),
            "results": [result.as_json() for result in self.results],
        }

    def head_as_json(self) -> dict[str, Any]:
        """Return what `as_json` says of the sweep as a whole, without the results."""
        overfitting = self.luck.overfitting
        return {
            "t_split": from_us(self.t_split).isoformat(),
            "sets": len(self),
            "axes": self.axes.as_json(),
            "data_fingerprint": self.source.fingerprint,
            "probability_of_overfitting": overfitting,
            "trials": self.luck.trials,
            "walk_forward": [fold.as_json() for fold in self.folds],
        }


class SweepResults(Sequence[SweepResult]):
    """Results of sets by position, made when asked for."""

    def __init__(self, artifacts: SweepArtifacts, indexes: NDArray[np.int64]) -> None:
        self._artifacts, self._indexes = artifacts, indexes
        self._train, self._test = artifacts.scores(TRAIN), artifacts.scores(TEST)
        self._gaps = generalization_gaps(self._train, self._test)
        self._neighbors, self._agreeing = agreement(
            list(artifacts.axes.by_name().values()), artifacts.ready
        )

    def __len__(self) -> int:
        return len(self._indexes)

    @overload
    def __getitem__(self, at: int) -> SweepResult: ...
    @overload
    def __getitem__(self, at: slice) -> list[SweepResult]: ...
    def __getitem__(self, at: int | slice) -> SweepResult | list[SweepResult]:
        if isinstance(at, slice):
            return [self._result(int(index)) for index in self._indexes[at]]
        return self._result(int(self._indexes[at]))

    def _result(self, index: int) -> SweepResult:
        artifacts = self._artifacts
        gap = float(self._gaps[index])
        summaries = artifacts.part.figures[TEST].summaries
        failed = failed_gates(summaries[index], gap, artifacts.options.criteria)
        return SweepResult(
            index=index,
            parameters=artifacts.grid[index],
            train=_report(artifacts, TRAIN, index),
            test=_report(artifacts, TEST, index),
            train_score=float(self._train[index]),
            test_score=float(self._test[index]),
            generalization_gap=None if np.isnan(gap) else gap,
            failed_gates=failed,
            failed_robust_gates=failed_robust_gates(
                evidence_of(artifacts, index, is_ready=not failed), artifacts.options.criteria
            ),
            trust=self._trust(index),
        )

    def _trust(self, index: int) -> Trust:
        artifacts, luck = self._artifacts, self._artifacts.luck
        return trust_in(
            artifacts.part.figures[TEST].summaries[index],
            artifacts.part.trades[index],
            buckets=int(luck.active[index]),
            ratios=(float(luck.sharpe[index]), float(luck.deflated[index])),
            neighbors=(int(self._neighbors[index]), int(self._agreeing[index])),
        )


def evidence_of(artifacts: SweepArtifacts, index: int, *, is_ready: bool) -> Evidence:
    """Return what the gates of `robust` ask of a set."""
    test, luck = artifacts.part.figures[TEST].summaries[index], artifacts.luck
    return Evidence(
        is_ready=is_ready,
        fill_model=artifacts.grid[index].config(artifacts.base).fill_model,
        test_trades=int(test["executed"] + test["failed"]),
        active_buckets=int(luck.active[index]),
        pnl_bound=float(artifacts.part.trades[index]["low"]),
        deflated=float(luck.deflated[index]),
        overfitting=luck.overfitting,
        sharpe=float(luck.sharpe[index]),
        hurdle=luck.hurdle,
        chance=luck.chance,
    )


def _report(artifacts: SweepArtifacts, window: int, index: int) -> dict[str, Any]:
    part = artifacts.part
    figures = part.figures[window]
    return window_report(
        part.facts[window][int(part.groups[index])],
        figures.summaries[index],
        figures.ending[index],
        artifacts.assets,
        artifacts.grid[index].config(artifacts.base),
    )
