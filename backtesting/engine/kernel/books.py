"""The books in force: applying events, what was last seen, and marks (the standard, section 8)."""

from __future__ import annotations

from backtesting.engine.kernel.compiling import compiled
from backtesting.engine.kernel.layout import BUY, Run
from backtesting.engine.kernel.levels import replenish, side_range
from backtesting.engine.kernel.watching import unwatch


@compiled
def apply_event(run: Run, row: int) -> int:
    """Put an event's book in force and return its symbol."""
    symbol = int(run.tape.symbol[row]) & 0x7FFF
    rate = run.scan.rate
    bid, inverse_ask = run.tape.best_bid[row], run.tape.inverse_ask[row]
    if bid <= 0.0 and rate[2 * symbol] > 0.0:
        run.symbols[symbol].seen_bid = rate[2 * symbol]
    if inverse_ask <= 0.0 and rate[2 * symbol + 1] > 0.0:
        run.symbols[symbol].seen_ask = recorded_ask(run, run.scan.last_row[symbol])
    rate[2 * symbol] = bid
    rate[2 * symbol + 1] = inverse_ask
    run.scan.last_row[symbol] = row
    if run.symbols[symbol].seen == 0:
        first_book(run, symbol)
    if run.symbols[symbol].taken >= 0:
        replenish(run, symbol, row)
    return symbol


@compiled
def first_book(run: Run, symbol: int) -> None:
    """Note a symbol's first book: cycles whose three books have now been seen can be looked at."""
    run.symbols[symbol].seen = 1
    unwatch(run, symbol)
    run.scan.unseen[0] -= run.symbols[symbol].cycles_to > run.symbols[symbol].cycles_from
    symbols = len(run.symbols)
    for at in range(run.symbols[symbol].cycles_from, run.symbols[symbol].cycles_to):
        cycle = run.cycle_list[at]
        legs = run.cycles[cycle].symbol
        if run.symbols[legs[0]].seen + run.symbols[legs[1]].seen + run.symbols[legs[2]].seen < 3:
            continue
        run.cycles[cycle].ready = 1
        for k in range(3):
            run.scan.looks[legs[k]] += 1
            if len(run.scan.shared_looks) > 1:
                for j in range(3):
                    run.scan.shared_looks[legs[k] * symbols + legs[j]] += k != j


@compiled
def recorded_ask(run: Run, row: int) -> float:
    """Return the best ask of the event at `row`, which has one."""
    return run.tape.levels[side_range(run.tape, row, BUY)[0], 0]


@compiled
def last_bid(run: Run, symbol: int) -> float:
    """Return the bid last seen, 0.0 before any."""
    bid = run.scan.rate[2 * symbol]
    return bid if bid > 0.0 else run.symbols[symbol].seen_bid


@compiled
def last_ask(run: Run, symbol: int) -> float:
    """Return the ask last seen, 0.0 before any."""
    if run.scan.rate[2 * symbol + 1] > 0.0:
        return recorded_ask(run, run.scan.last_row[symbol])
    return run.symbols[symbol].seen_ask


@compiled
def mark(run: Run, asset: int) -> float:
    """Return the value of one unit of `asset` in quote_asset, 0.0 where there is no mark."""
    if asset == run.config[0].quote:
        return 1.0
    symbol = run.assets[asset].symbol
    if symbol < 0:
        return 0.0
    bid, ask = last_bid(run, symbol), last_ask(run, symbol)
    if bid <= 0.0 or ask <= 0.0:
        return 0.0
    mid = (bid + ask) / 2.0
    return 1.0 / mid if run.assets[asset].inverse else mid
