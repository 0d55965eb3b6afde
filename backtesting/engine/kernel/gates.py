"""The gates an armed opportunity passes, the walk at detection, and the start of a trade (5, 6)."""

from __future__ import annotations

import numpy as np

from backtesting.engine.kernel.books import last_ask, last_bid, mark
from backtesting.engine.kernel.calendar import schedule
from backtesting.engine.kernel.closeout import way_back
from backtesting.engine.kernel.compiling import compiled
from backtesting.engine.kernel.layout import (
    BELOW_MIN_ORDER_SIZE,
    BUY,
    EDGE_ERODED,
    INSUFFICIENT_BALANCE,
    INSUFFICIENT_DEPTH,
    MAX_CONCURRENT_TRADES,
    NO_MARK,
    Run,
)
from backtesting.engine.kernel.levels import afford, floor_lot, obtain, take


@compiled
def judge(run: Run, cycle: int, t: int) -> int:
    """Return the reason why an armed, fresh opportunity is missed; -1 where a trade was started."""
    config = run.config[0]
    if run.totals[0].in_flight >= config.concurrency:
        return MAX_CONCURRENT_TRADES
    start = run.cycles[cycle].asset[0]
    price = mark(run, start)
    if price <= 0.0:
        return NO_MARK
    capital = config.capital / price
    if run.balances[start] < capital:
        return INSUFFICIENT_BALANCE
    # The walk is written into the next free trade row, which counts only once it is started.
    trade = run.totals[0].trades
    reason = walk(run, trade, cycle, capital)
    if reason >= 0:
        return reason
    start_trade(run, trade, cycle, capital, t)
    return -1


@compiled
def walk(run: Run, trade: int, cycle: int, capital: float) -> int:
    """Walk the books at detection with `capital`; return the gate it fails, or -1.

    Leaves expected and expected worst prices and the expected return in the trade row.
    """
    row = run.trades[trade]
    legs = run.cycles[cycle]
    most = run.config[0].depth
    amount = capital
    rest = 0.0
    too_small = False
    for k in range(3):
        symbol, side = legs.symbol[k], legs.side[k]
        rules = run.symbols[symbol]
        book = run.scan.last_row[symbol]
        limit = np.inf if side == BUY else 0.0
        if side == BUY:
            budget = amount / (1.0 + rules.fee)
            base, short = afford(run, symbol, side, book, budget, limit, most, False)
            quantity = floor_lot(base, rules.lot)
        else:
            quantity = floor_lot(amount, rules.lot)
            _, short = obtain(run, symbol, side, book, quantity, limit, most, False)
        if short:
            return INSUFFICIENT_DEPTH
        money, worst = take(run, symbol, side, book, quantity, limit, most, False, -1)
        if quantity <= 0.0 or quantity < rules.leg_min or money < rules.cost_min:
            too_small = True
        row.price[k] = money / quantity
        row.worst[k] = worst
        row.row[k] = book
        if side == BUY:
            left = amount - money * (1.0 + rules.fee)
            amount = quantity
        else:
            left = amount - quantity
            amount = money * (1.0 - rules.fee)
        if k == 0:
            rest = left
    if too_small:
        return BELOW_MIN_ORDER_SIZE
    row.expected = (amount + rest) / capital - 1.0
    return EDGE_ERODED if row.expected < run.config[0].threshold else -1


@compiled
def start_trade(run: Run, trade: int, cycle: int, capital: float, t: int) -> None:
    """Start the trade whose walk is in its row: number, capital, a place among those in flight."""
    row = run.trades[trade]  # in a sweep an earlier parameter set has used it
    row.cycle = cycle
    row.t = t
    row.tau = t
    row.step = 0
    row.capital = capital
    row.hold[0], row.hold[1], row.hold[2] = capital, 0.0, 0.0
    row.on_offer[0], row.on_offer[1] = 0, 0
    row.is_unsold = 0
    row.fees = 0.0
    for leftover in range(2):
        symbol = way_back(run, trade, leftover)[0]
        row.bid[leftover] = last_bid(run, symbol)
        row.ask[leftover] = last_ask(run, symbol)
    run.cycles[cycle].disarmed = 1
    run.balances[run.cycles[cycle].asset[0]] -= capital
    run.totals[0].trades += 1
    run.totals[0].in_flight += 1
    schedule(run, trade)
