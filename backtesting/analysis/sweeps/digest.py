"""A sweep as columns that pages sort, filter and draw: computed once, a value a set."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from backtesting.analysis.sweeps.axes import axes_of
from backtesting.search.artifacts import TEST, TRAIN, evidence_of
from backtesting.search.promotion import failed_gates
from backtesting.search.robustness import failed_robust_gates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from backtesting.analysis.sweeps.axes import AxisView
    from backtesting.search.artifacts import SweepArtifacts


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of every set: what it is called, how it is written, whether more is better."""

    words: str
    kind: str
    is_more_better: bool = True


# What can be drawn over the grid and sorted by; NaN where nothing was measured.
FIGURES: Final[Mapping[str, Figure]] = {
    "test_pnl": Figure("Test P&L", "pnl"),
    "test_score": Figure("Test score", "number"),
    "train_pnl": Figure("Train P&L", "pnl"),
    "train_score": Figure("Train score", "number"),
    "gap": Figure("Gap of train and test", "number", is_more_better=False),
    "test_win_rate": Figure("Test win rate", "share"),
    "test_fill_rate": Figure("Test fill rate", "share"),
    "test_trades": Figure("Test trades", "count"),
    "train_trades": Figure("Train trades", "count"),
    "test_drawdown": Figure("Test drawdown", "amount", is_more_better=False),
}
_SUMMARY: Final = {
    "pnl": "pnl",
    "win_rate": "win_rate",
    "fill_rate": "fill_rate",
    "trades": "trades",
    "drawdown": "drawdown",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SweepDigest:
    """`columns` by name, `fails` counting the gates of `promotion_ready` that a set fails.

    `failing` and `failing_robust` count the sets that fail each gate, the second among those that
    are promotion_ready; `order` is best first, `rank` each set's place in it from 1.
    """

    artifacts: SweepArtifacts
    axes: tuple[AxisView, ...]
    columns: Mapping[str, NDArray[np.float64]]
    ready: NDArray[np.bool_]
    robust: NDArray[np.bool_]
    fails: NDArray[np.int64]
    failing: Mapping[str, int]
    failing_robust: Mapping[str, int]
    order: NDArray[np.int64]
    rank: NDArray[np.int64]

    @property
    def winner(self) -> int:
        """Return the set that was best in train."""
        return int(self.order[0])

    @property
    def varied(self) -> tuple[AxisView, ...]:
        """Return the axes on which sets differ."""
        return tuple(axis for axis in self.axes if axis.varies)

    def axis(self, name: str) -> AxisView | None:
        """Return an axis by its name; None where there is none."""
        return next((axis for axis in self.axes if axis.name == name), None)


def digest_of(artifacts: SweepArtifacts) -> SweepDigest:
    """Return the digest of a sweep."""
    gaps, test = artifacts.gaps, artifacts.part.figures[TEST].summaries
    criteria, count = artifacts.options.criteria, len(artifacts)
    failed = [failed_gates(test[at], float(gaps[at]), criteria) for at in range(count)]
    fails = np.array([len(gates) for gates in failed], np.int64)
    robust, failing_robust = np.zeros(count, np.bool_), Counter[str]()
    for index in np.flatnonzero(fails == 0).tolist():
        lacks = failed_robust_gates(evidence_of(artifacts, index, is_ready=True), criteria)
        robust[index] = not lacks
        failing_robust.update(gate.gate for gate in lacks)
    order = artifacts.order
    rank = np.empty(count, np.int64)
    rank[order] = np.arange(1, count + 1)
    return SweepDigest(
        artifacts=artifacts,
        axes=axes_of(artifacts),
        columns=_columns(artifacts) | {"gap": gaps},
        ready=fails == 0,
        robust=robust,
        fails=fails,
        failing=Counter(gate.gate for gates in failed for gate in gates),
        failing_robust=failing_robust,
        order=order,
        rank=rank,
    )


def _columns(artifacts: SweepArtifacts) -> dict[str, NDArray[np.float64]]:
    found: dict[str, NDArray[np.float64]] = {}
    for window, name in ((TRAIN, "train"), (TEST, "test")):
        summaries = artifacts.part.figures[window].summaries
        found[f"{name}_score"] = artifacts.scores(window)
        for figure, field in _SUMMARY.items():
            found[f"{name}_{figure}"] = summaries[field].astype(np.float64)
    return found
