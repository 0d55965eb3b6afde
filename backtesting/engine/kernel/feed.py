"""Putting books in force without looking at cycles: what a single order needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backtesting.engine.kernel.books import apply_event
from backtesting.engine.kernel.compiling import compiled

if TYPE_CHECKING:
    from backtesting.engine.kernel.layout import Run


@compiled
def apply_until(run: Run, row: int, until: int) -> int:
    """Apply the events from `row` on with a time at or before `until`; return the next row."""
    while row < len(run.tape.time_us) and run.tape.time_us[row] <= until:
        apply_event(run, row)
        row += 1
    return row
