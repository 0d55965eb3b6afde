"""Looking at cycles after a tick: counts, episodes, opportunities (the standard, section 4)."""

from __future__ import annotations

from backtesting.engine.kernel.books import recorded_ask
from backtesting.engine.kernel.compiling import compiled
from backtesting.engine.kernel.gates import judge
from backtesting.engine.kernel.layout import (
    BUY,
    MAX_CONCURRENT_TRADES,
    NOT_REARMED,
    STALE_BOOK,
    Run,
)
from backtesting.engine.kernel.rows import write_episode
from backtesting.engine.kernel.watching import unwatch, watch


@compiled
def exact_return(run: Run, cycle: int) -> float:
    """Return R, multiplied from leg 1 to leg 3 with each leg's own fee."""
    product = 1.0
    legs = run.cycles[cycle]
    for k in range(3):
        symbol = legs.symbol[k]
        fee = run.symbols[symbol].fee
        if legs.side[k] == BUY:
            ask = recorded_ask(run, run.scan.last_row[symbol])
            product *= 1.0 / (ask * (1.0 + fee))
        else:
            product *= run.scan.rate[2 * symbol] * (1.0 - fee)
    return product - 1.0


@compiled
def look(run: Run, cycle: int, t: int) -> int:
    """Look at one cycle; return 1 where it is an armed, fresh opportunity."""
    totals = run.totals[0]
    totals.looks += 1
    legs = run.cycles[cycle]
    rate = run.scan.rate
    product = rate[legs.rate[0]] * rate[legs.rate[1]] * rate[legs.rate[2]]
    if product <= 0.0:
        return 0  # blind: a side is empty
    totals.gross_positive += product > 1.0
    # Fees are multiplied in as one factor here, which may differ from R in the last bits.
    net, pays = product > legs.net_high, product > legs.pays_high
    if legs.net_low <= product <= legs.net_high:
        net = exact_return(run, cycle) > 0.0
    if legs.pays_low <= product <= legs.pays_high:
        pays = exact_return(run, cycle) >= run.config[0].threshold
    totals.net_positive += net
    if not pays:
        if legs.in_episode:
            end_episode(run, cycle, t)
        return 0
    totals.opportunities += 1
    if legs.in_episode == 0:
        legs.in_episode = 1
        legs.episode_start = t
        for k in range(3):
            watch(run, legs.symbol[k])
    if is_stale(run, cycle, t):
        totals.misses[STALE_BOOK] += 1
        return 0
    if legs.disarmed and run.config[0].after_reset:
        totals.misses[NOT_REARMED] += 1
        return 0
    return 1


@compiled
def end_episode(run: Run, cycle: int, t: int) -> None:
    """End a cycle's episode with the look at `t`, which also re-arms it."""
    legs = run.cycles[cycle]
    write_episode(run, cycle, t, 0)
    legs.in_episode = 0
    legs.disarmed = 0
    for k in range(3):
        unwatch(run, legs.symbol[k])


@compiled
def is_stale(run: Run, cycle: int, t: int) -> bool:
    """Return whether a book of the cycle is older than the threshold."""
    for k in range(3):
        row = run.scan.last_row[run.cycles[cycle].symbol[k]]
        if t - run.tape.time_us[row] > run.config[0].stale_after_us:
            return True
    return False


@compiled
def detect(run: Run, first: int, last: int, t: int) -> None:
    """Look at every cycle that has a symbol in rows `first` to `last`, and judge what pays."""
    found = 0
    run.totals[0].ticks += 1
    tick = run.totals[0].ticks
    for row in range(first, last + 1):
        symbol = int(run.tape.symbol[row]) & 0x7FFF
        for at in range(run.symbols[symbol].cycles_from, run.symbols[symbol].cycles_to):
            cycle = run.cycle_list[at]
            if run.cycles[cycle].ready == 0 or run.cycles[cycle].looked_at == tick:
                continue
            run.cycles[cycle].looked_at = tick
            if look(run, cycle, t):
                run.candidates[found].cycle = cycle
                found += 1
    if found > 0:
        judge_in_order(run, found, t)


@compiled
def judge_in_order(run: Run, found: int, t: int) -> None:
    """Judge a tick's armed opportunities in falling order of R, ties in canonical order."""
    totals = run.totals[0]
    if totals.in_flight >= run.config[0].concurrency:
        totals.misses[MAX_CONCURRENT_TRADES] += found
        return
    candidates = run.candidates
    if found > 1:
        for at in range(found):
            candidates[at].ret = exact_return(run, candidates[at].cycle)
        for at in range(1, found):
            cycle, ret = candidates[at].cycle, candidates[at].ret
            to = at
            while to > 0 and (
                candidates[to - 1].ret < ret
                or (candidates[to - 1].ret == ret and candidates[to - 1].cycle > cycle)
            ):
                candidates[to].cycle = candidates[to - 1].cycle
                candidates[to].ret = candidates[to - 1].ret
                to -= 1
            candidates[to].cycle = cycle
            candidates[to].ret = ret
    for at in range(found):
        reason = judge(run, candidates[at].cycle, t)
        if reason >= 0:
            totals.misses[reason] += 1
