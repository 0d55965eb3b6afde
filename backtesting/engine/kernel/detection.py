"""Looking at cycles after a tick: counts, episodes, opportunities (the standard, section 4)."""

from __future__ import annotations

from backtesting.engine.kernel.books import recorded_ask
from backtesting.engine.kernel.compiling import compiled
from backtesting.engine.kernel.gates import judge
from backtesting.engine.kernel.layout import (
    BELOW,
    BLIND,
    BUY,
    MAX_CONCURRENT_TRADES,
    NOT_REARMED,
    PAYS,
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
def measure(run: Run, cycle: int) -> int:
    """Count a look at one cycle; return BLIND, BELOW the threshold or PAYS."""
    totals = run.totals[0]
    totals.looks += 1
    legs = run.cycles[cycle]
    rate = run.scan.rate
    product = rate[legs.rate[0]] * rate[legs.rate[1]] * rate[legs.rate[2]]
    if product <= 0.0:
        return BLIND
    totals.gross_positive += product > 1.0
    # Fees are multiplied in as one factor here, which may differ from R in the last bits.
    net, pays = product > legs.net_high, product > legs.pays_high
    if legs.net_low <= product <= legs.net_high:
        net = exact_return(run, cycle) > 0.0
    if legs.pays_low <= product <= legs.pays_high:
        pays = exact_return(run, cycle) >= run.config[0].threshold
    totals.net_positive += net
    if not pays:
        return BELOW
    totals.opportunities += 1
    return PAYS


@compiled
def look(run: Run, cycle: int, t: int) -> int:
    """Look at one cycle; return 1 where it is an armed, fresh opportunity."""
    totals = run.totals[0]
    legs = run.cycles[cycle]
    seen = measure(run, cycle)
    if seen == BLIND:
        return 0
    if seen == BELOW:
        if legs.in_episode:
            end_episode(run, cycle, t)
        return 0
    if legs.in_episode == 0:
        legs.episode_start = t
        begin_episode(run, cycle)
    if is_stale(run, cycle, t):
        totals.misses[STALE_BOOK] += 1
        return 0
    if legs.disarmed and run.config[0].after_reset:
        totals.misses[NOT_REARMED] += 1
        return 0
    return 1


@compiled
def begin_episode(run: Run, cycle: int) -> None:
    """Begin a cycle's episode: from now on no event of its symbols may be passed over."""
    run.cycles[cycle].in_episode = 1
    for k in range(3):
        watch(run, run.cycles[cycle].symbol[k])


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
    return age_us(run, cycle, t) > run.config[0].stale_after_us


@compiled
def age_us(run: Run, cycle: int, t: int) -> int:
    """Return the age of the cycle's oldest book at `t`, in microseconds."""
    oldest = t
    for k in range(3):
        row = run.scan.last_row[run.cycles[cycle].symbol[k]]
        oldest = min(oldest, run.tape.time_us[row])
    return t - oldest


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
                run.armed[found].cycle = cycle
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
    armed = run.armed
    if found > 1:
        for at in range(found):
            armed[at].ret = exact_return(run, armed[at].cycle)
        for at in range(1, found):
            cycle, ret = armed[at].cycle, armed[at].ret
            to = at
            while to > 0 and (
                armed[to - 1].ret < ret
                or (armed[to - 1].ret == ret and armed[to - 1].cycle > cycle)
            ):
                armed[to].cycle = armed[to - 1].cycle
                armed[to].ret = armed[to - 1].ret
                to -= 1
            armed[to].cycle = cycle
            armed[to].ret = ret
    for at in range(found):
        reason = judge(run, armed[at].cycle, t)
        if reason >= 0:
            totals.misses[reason] += 1
