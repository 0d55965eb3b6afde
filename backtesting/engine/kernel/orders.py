"""The three legs of a trade: sent, filled, booked (the standard, section 7)."""

from __future__ import annotations

import numpy as np

from backtesting.engine.kernel.books import mark
from backtesting.engine.kernel.calendar import schedule
from backtesting.engine.kernel.closeout import finish
from backtesting.engine.kernel.compiling import compiled
from backtesting.engine.kernel.latency import latency_us
from backtesting.engine.kernel.layout import BUY, EXECUTED, FAILED, MISSED, Run
from backtesting.engine.kernel.levels import afford, floor_lot, obtain, take
from backtesting.engine.kernel.rows import write_order


@compiled
def send(run: Run, trade: int, k: int) -> None:
    """Send leg k (0-2) with what the trade holds, or end the trade where a minimum is not met."""
    row = run.trades[trade]
    cycle = run.cycles[row.cycle]
    rules = run.symbols[cycle.symbol[k]]
    held = row.hold[k]
    price = row.price[k]
    if cycle.side[k] == BUY:
        budget = held / (1.0 + rules.fee)
        quantity = floor_lot(budget / price, rules.lot)
        cost = budget
    else:
        budget = 0.0
        quantity = floor_lot(held, rules.lot)
        cost = held * price
    if quantity <= 0.0 or quantity < rules.leg_min or cost < rules.cost_min:
        finish(run, trade, MISSED if k == 0 else FAILED)
        return
    row.quantity = quantity
    row.budget = budget
    row.step = k + 1
    row.tau += latency_us(run, trade, k + 1)
    schedule(run, trade)


@compiled
def modeled_fill(
    run: Run, symbol: int, side: int, book: int, quantity: float, budget: float
) -> tuple[float, float, float, float]:
    """Return ordered, filled, money and ratio against the whole, undepleted book at row `book`."""
    lot = run.symbols[symbol].lot
    order = run.totals[0].orders
    most = len(run.tape.levels)
    limit = np.inf if side == BUY else 0.0
    if side == BUY:
        base, _ = afford(run, symbol, side, book, budget, limit, most, False)
        ordered = floor_lot(base, lot)
    else:
        ordered = quantity
        base, short = obtain(run, symbol, side, book, ordered, limit, most, False)
        if short:
            ordered = base
    ratio = run.config[0].fill_ratio
    filled = floor_lot(ordered * ratio, lot)
    money, _ = take(run, symbol, side, book, filled, limit, most, False, order)
    return ordered, filled, money, ratio


@compiled
def replayed_fill(
    run: Run, symbol: int, side: int, quantity: float, budget: float, worst: float
) -> tuple[float, float, float, float]:
    """Return ordered, filled, money and ratio against the book in force, less own fills.

    The limit is `worst` worsened by the slippage.
    """
    book = run.scan.last_row[symbol]
    slippage = run.config[0].slippage
    order = run.totals[0].orders
    most = run.config[0].depth
    limit = worst * (1.0 + slippage if side == BUY else 1.0 - slippage)
    base, _ = obtain(run, symbol, side, book, quantity, limit, most, True)
    if side == BUY:
        within, _ = afford(run, symbol, side, book, budget, limit, most, True)
        base = min(base, within)
    filled = floor_lot(base, run.symbols[symbol].lot)
    money, _ = take(run, symbol, side, book, filled, limit, most, True, order)
    return quantity, filled, money, filled / quantity


@compiled
def arrive(run: Run, trade: int, k: int) -> None:
    """Fill leg k (0-2) at its tau, book it, and go on to what follows."""
    row = run.trades[trade]
    cycle = run.cycles[row.cycle]
    symbol, side = cycle.symbol[k], cycle.side[k]
    fee_rate = run.symbols[symbol].fee
    if run.config[0].replayed:
        book = run.scan.last_row[symbol]
        ordered, filled, money, ratio = replayed_fill(
            run, symbol, side, row.quantity, row.budget, row.worst[k]
        )
    else:
        book = row.row[k]
        ordered, filled, money, ratio = modeled_fill(
            run, symbol, side, book, row.quantity, row.budget
        )
    fee = money * fee_rate
    held = row.hold[k]
    into = (k + 1) % 3
    if side == BUY:
        row.hold[k] = max(0.0, held - money * (1.0 + fee_rate))
        row.hold[into] += filled
    else:
        row.hold[k] = max(0.0, held - filled)
        row.hold[into] += money * (1.0 - fee_rate)
    row.fees += fee * mark(run, run.symbols[symbol].quote)
    write_order(run, trade, k + 1, symbol, side, row.tau, book, ordered, filled, money, fee, ratio)
    if filled <= 0.0:
        finish(run, trade, MISSED if k == 0 else FAILED)
    elif k < 2:
        send(run, trade, k + 1)
    else:
        finish(run, trade, EXECUTED)
