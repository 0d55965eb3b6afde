"""A front door: what a sweep is made of, from the grid to the artifacts.

    grid = build_parameter_grid(axes, base)
    plan = SweepPlan.of(events, axes, grid, inputs, options)
    artifacts = run_parameter_search(plan)
    artifacts.results[0]            the best in train, and the verdict of the test window

`persist_sweep_results` makes of them what a job stores; the standard's section 10 defines all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backtesting.search.artifacts import SweepArtifacts, SweepResult
from backtesting.search.grid import (
    SweepAxes,
    SweepError,
    SweepParameters,
    build_parameter_grid,
)
from backtesting.search.groups import SweepInputs
from backtesting.search.options import SearchOptions
from backtesting.search.promotion import PromotionCriteria
from backtesting.search.robustness import TrialHistory
from backtesting.search.scoring import ScoreWeights
from backtesting.search.search import SweepPlan
from backtesting.search.windows import split_events_time_windows
from backtesting.sweeps.storage import persist_sweep_results

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "PromotionCriteria",
    "ScoreWeights",
    "SearchOptions",
    "SweepArtifacts",
    "SweepAxes",
    "SweepError",
    "SweepInputs",
    "SweepParameters",
    "SweepPlan",
    "SweepResult",
    "TrialHistory",
    "build_parameter_grid",
    "persist_sweep_results",
    "run_parameter_search",
    "split_events_time_windows",
]


def run_parameter_search(
    plan: SweepPlan,
    *,
    threads: int = 1,
    history: TrialHistory | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> SweepArtifacts:
    """Return what every set of a plan came to, over all its windows.

    `progress` hears of the sets done and in all, over all windows, at least every 100 ms; what it
    raises ends the search.
    """
    part = plan.search(threads=threads).run(plan.groups, progress)
    return plan.artifacts([part], history or TrialHistory())
