"""Having the search compiled before anybody waits for a sign of life of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from backtesting.search.candidates import SweepWindow, find_candidates
from backtesting.search.families import SetTable
from backtesting.search.replaying import TimeBuckets, replay_sets
from marketdata.columns import SYMBOL_MASK

if TYPE_CHECKING:
    from backtesting.search.groups import SweepGroup
    from backtesting.search.search import SweepPlan
    from marketdata.columns import BookColumns

_EVENTS = 64


def compile_search(plan: SweepPlan) -> None:
    """Have the code for every universe of a plan compiled and loaded, by searching a few events."""
    for group in {group.universe: group for group in plan.groups}.values():
        columns = _first_events(plan.events.columns, group)
        window = SweepWindow.of(columns)
        search = group.plan(columns, plan.inputs.rules)
        sets = SetTable.of(group.configs[:1], search.assets)
        buckets = TimeBuckets(begin_us=0, end_us=1, count=1)
        replay_sets(find_candidates(window, search), sets, buckets)


def _first_events(columns: BookColumns, group: SweepGroup) -> BookColumns:
    """Return a few events of which the first is of the group's universe."""
    known = np.array([symbol in group.universe for symbol in columns.symbols])
    first = int(np.argmax(known[columns.symbol & SYMBOL_MASK]))
    return columns[first : first + _EVENTS]
