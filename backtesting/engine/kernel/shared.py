"""Replaying a set of a family: whether to trade is decided anew, what comes of it is remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from backtesting.engine.kernel.compiling import compiled
from backtesting.engine.kernel.layout import (
    EDGE_ERODED,
    INSUFFICIENT_BALANCE,
    MAX_CONCURRENT_TRADES,
    MISSED,
    NO_MARK,
    NOT_REARMED,
    STALE_BOOK,
)
from backtesting.engine.kernel.outcomes import find_outcome, is_clean, know_walk
from backtesting.engine.kernel.rows import ROWS_A_TRADE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from backtesting.engine.kernel.layout import Run
    from backtesting.engine.kernel.outcomes import Outcomes
    from backtesting.engine.kernel.places import Places

_NEVER = np.iinfo(np.int64).max


@compiled
def replay_shared(
    run: Run,
    trial: Run,
    places: Places,
    memory: Outcomes,
    candidates: NDArray[np.void],
    levels_a_trade: int,
) -> bool:
    """Replay the set in force over all candidates and settle it; False where room ran out.

    At most one trade is in flight: `outcome` is the latest one's, `busy_until` its completion.
    """
    totals = run.totals[0]
    outcome, started, busy_until, is_busy = -1, -1, -1, False
    for at in range(len(candidates)):
        t, cycle = candidates[at].t, candidates[at].cycle
        if is_busy and busy_until <= t and started < t:
            is_busy = False
            settle_trade(run, memory, outcome)
        if not is_opportunity(run, candidates, at):
            continue
        if candidates[at].age_us > run.config[0].stale_after_us:
            totals.misses[STALE_BOOK] += 1
            continue
        if run.cycles[cycle].disarmed and run.config[0].after_reset:
            totals.misses[NOT_REARMED] += 1
            continue
        if is_busy:
            totals.misses[MAX_CONCURRENT_TRADES] += 1
            continue
        know_walk(memory, trial, places, candidates, at)
        reason = judge_walk(run, memory, cycle, at)
        if reason >= 0:
            totals.misses[reason] += 1
            continue
        if totals.trades == len(run.trades) or totals.orders + ROWS_A_TRADE > len(run.orders):
            return False
        if outcome >= 0 and is_clean(memory, trial, places, outcome, t):
            outcome = -1
        outcome = find_outcome(memory, trial, places, candidates, at, outcome, levels_a_trade)
        if outcome < 0:
            return False
        run.cycles[cycle].disarmed = 1
        run.balances[run.cycles[cycle].asset[0]] -= memory.walks[at].capital
        write_trade(run, memory, outcome, cycle, t)
        found = memory.outcomes[outcome]
        started, is_busy = t, True
        busy_until = _NEVER if found.is_unsold else found.completed
    if is_busy:
        settle_trade(run, memory, outcome)
    return True


@compiled
def is_opportunity(run: Run, candidates: NDArray[np.void], at: int) -> bool:
    """Count candidate `at` where it reaches the set's threshold; else it re-arms its cycle."""
    candidate, totals = candidates[at], run.totals[0]
    cycle = run.cycles[candidate.cycle]
    if candidate.continues == 0:  # there was a look below every threshold of the grid
        cycle.in_episode = 0
        cycle.disarmed = 0
    if candidate.ret < run.config[0].threshold:
        cycle.in_episode = 0
        cycle.disarmed = 0
        return False
    totals.opportunities += 1
    totals.episodes += cycle.in_episode == 0
    cycle.in_episode = 1
    return True


@compiled
def judge_walk(run: Run, memory: Outcomes, cycle: int, at: int) -> int:
    """Return the gate after concurrency that candidate `at` fails, or -1; see `gates.judge`."""
    found = memory.walks[at]
    if found.ends == NO_MARK:
        return NO_MARK
    if run.balances[run.cycles[cycle].asset[0]] < found.capital:
        return INSUFFICIENT_BALANCE
    if found.ends >= 0:
        return found.ends
    return EDGE_ERODED if found.expected < run.config[0].threshold else -1


@compiled
def write_trade(run: Run, memory: Outcomes, outcome: int, cycle: int, t: int) -> None:
    """Append a trade with this outcome, and of its orders what the summary reads."""
    totals, found = run.totals[0], memory.outcomes[outcome]
    trade = run.trades[totals.trades]
    trade.cycle = cycle
    trade.t = t
    trade.status = found.status
    trade.completed = found.completed
    trade.pnl = found.pnl
    trade.fees = found.fees
    trade.residual = found.residual
    trade.unsold = found.unsold
    trade.is_unsold = found.is_unsold
    for k in range(found.legs):
        order = run.orders[totals.orders]
        order.trade = totals.trades
        order.leg = k + 1
        order.t = found.arrival[k]
        order.ratio = found.ratio[k]
        totals.orders += 1
    totals.trades += 1


@compiled
def settle_trade(run: Run, memory: Outcomes, outcome: int) -> None:
    """Give back what the latest trade holds; one that was missed re-arms its cycle."""
    found = memory.outcomes[outcome]
    cycle = run.cycles[run.trades[run.totals[0].trades - 1].cycle]
    if found.status == MISSED:
        cycle.disarmed = 0
    for k in range(3):
        run.balances[cycle.asset[k]] += found.hold[k]
