"""A replay that can be watched: a real one is over before anybody could look."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from backtesting.runner import replay_work

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backtesting.leases import JobResult
    from backtesting.progress import JobProgress

_EVENTS = 40_000
_STEP_S = 0.05


def slow_replay(values: Mapping[str, Any], progress: JobProgress) -> JobResult:
    """Take as many seconds as the seed says, calling in all the while, then replay."""
    steps = round(values["config"]["seed"] / _STEP_S)
    for step in range(steps):
        time.sleep(_STEP_S)
        progress(step * _EVENTS // steps, _EVENTS)
    return replay_work(values, progress)
