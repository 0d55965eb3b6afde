"""What is due when: trades in order of (tau, n), as a binary heap over `calendar`.

A trade has at most one thing pending: an entry is the trade's index, its time the trade's tau.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backtesting.engine.kernel.compiling import compiled

if TYPE_CHECKING:
    from backtesting.engine.kernel.layout import Run


@compiled
def is_before(run: Run, one: int, other: int) -> bool:
    """Return whether trade `one` is due before trade `other`."""
    if run.trades[one].tau != run.trades[other].tau:
        return run.trades[one].tau < run.trades[other].tau
    return one < other


@compiled
def schedule(run: Run, trade: int) -> None:
    """Enter a trade, due at its tau."""
    heap = run.calendar
    at = run.totals[0].pending
    run.totals[0].pending += 1
    while at > 0:
        parent = (at - 1) // 2
        if not is_before(run, trade, heap[parent]):
            break
        heap[at] = heap[parent]
        at = parent
    heap[at] = trade


@compiled
def pop_due(run: Run) -> int:
    """Remove and return the trade that is due first."""
    heap = run.calendar
    run.totals[0].pending -= 1
    size = run.totals[0].pending
    first = heap[0]
    moved = heap[size]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and is_before(run, heap[child + 1], heap[child]):
            child += 1
        if not is_before(run, heap[child], moved):
            break
        heap[at] = heap[child]
        at = child
    heap[at] = moved
    return first
