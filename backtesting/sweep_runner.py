"""Running a sweep from a request: the one road that command, page, job and test share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from backtesting.inputs import find_inputs
from backtesting.runner import load_events
from backtesting.sweep import SweepInputs, SweepPlan, build_parameter_grid

if TYPE_CHECKING:
    from backtesting.sweep_requests import SweepRequest

__all__ = ["prepare_sweep", "usable_cores"]


def prepare_sweep(request: SweepRequest, limit: int | None = None) -> SweepPlan:
    """Return the plan of a sweep with its events loaded, rules and fees found.

    The grid is counted against `limit` before anything is read. Raises ValueErrors that say in
    one line what is wrong and how to mend it.
    """
    base = request.replay.config
    grid = build_parameter_grid(request.axes, base, limit)
    events = load_events(request.events)
    inputs = find_inputs(request.replay, events.symbols, int(events.columns.time_us[0]))
    return SweepPlan.of(
        events,
        request.axes,
        grid,
        SweepInputs(
            base=base,
            rules=inputs.rules,
            account=inputs.account,
            balances=request.replay.balances,
        ),
        request.options,
    )


def usable_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))
