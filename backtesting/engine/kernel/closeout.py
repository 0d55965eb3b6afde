"""What is left after the legs: conversion, close-out, dust, completion (the standard, 7 and 8).

A trade's second asset goes back over leg 1's pairing, its third over leg 3's: `leftover` 0 and 1
below, held in `hold[1]` and `hold[2]`.
"""

from __future__ import annotations

import numpy as np

from backtesting.engine.kernel.books import last_ask, last_bid, mark
from backtesting.engine.kernel.calendar import schedule
from backtesting.engine.kernel.compiling import compiled
from backtesting.engine.kernel.latency import latency_us
from backtesting.engine.kernel.layout import (
    BUY,
    CLOSE_OUT,
    CONVERSION,
    MISSED,
    SELL,
    Run,
)
from backtesting.engine.kernel.levels import afford, floor_lot, obtain, take
from backtesting.engine.kernel.rows import write_order
from backtesting.engine.kernel.watching import unwatch, watch


@compiled
def way_back(run: Run, trade: int, leftover: int) -> tuple[int, int]:
    """Return symbol and side of the order that turns a leftover into the start asset."""
    cycle = run.cycles[run.trades[trade].cycle]
    if leftover == 0:
        return cycle.symbol[0], SELL if cycle.side[0] == BUY else BUY
    return cycle.symbol[2], cycle.side[2]


@compiled
def finish(run: Run, trade: int, status: int) -> None:
    """End the legs at the trade's tau with `status` and turn to what they left."""
    row = run.trades[trade]
    row.status = status
    if status == MISSED:
        run.cycles[row.cycle].disarmed = 0
    if run.config[0].replayed == 0:
        for leftover in range(2):
            convert(run, trade, leftover)
        complete(run, trade, row.tau)
        return
    for leftover in range(2):
        row.on_offer[leftover] = not is_dust(run, trade, leftover)
    if row.on_offer[0] + row.on_offer[1] == 0:
        complete(run, trade, row.tau)
        return
    row.step = 4
    row.tau += latency_us(run, trade, 4)
    schedule(run, trade)


@compiled
def convert(run: Run, trade: int, leftover: int) -> None:
    """Convert a leftover, whatever its size, at the bid or ask last seen at detection."""
    row = run.trades[trade]
    held = row.hold[leftover + 1]
    if held <= 0.0:
        return
    symbol, side = way_back(run, trade, leftover)
    fee_rate = run.symbols[symbol].fee
    bid, ask = row.bid[leftover], row.ask[leftover]
    if (ask if side == BUY else bid) <= 0.0:
        return
    if side == BUY:
        quantity = held / (ask * (1.0 + fee_rate))
        money = quantity * ask
        row.hold[0] += quantity
    else:
        quantity = held
        money = held * bid
        row.hold[0] += held * bid * (1.0 - fee_rate)
    fee = money * fee_rate
    row.hold[leftover + 1] = 0.0
    row.fees += fee * mark(run, run.symbols[symbol].quote)
    book = row.row[2 * leftover]
    write_order(
        run, trade, CONVERSION, symbol, side, row.tau, book, np.nan, quantity, money, fee, np.nan
    )


@compiled
def is_dust(run: Run, trade: int, leftover: int) -> bool:
    """Return whether a leftover is too small for the exchange, or has no price."""
    held = run.trades[trade].hold[leftover + 1]
    symbol, side = way_back(run, trade, leftover)
    rules = run.symbols[symbol]
    if side == BUY:
        ask = last_ask(run, symbol)
        cost = held / (1.0 + rules.fee)
        if ask <= 0.0:
            return True
        quantity = floor_lot(cost / ask, rules.lot)
    else:
        bid = last_bid(run, symbol)
        cost = held * bid
        if bid <= 0.0:
            return True
        quantity = floor_lot(held, rules.lot)
    return quantity <= 0.0 or quantity < rules.order_min or cost < rules.cost_min


@compiled
def close_out(run: Run, trade: int, leftover: int, t: int) -> None:
    """Take what the book in force gives for a leftover; it stays on offer unless dust is left."""
    row = run.trades[trade]
    symbol, side = way_back(run, trade, leftover)
    rules = run.symbols[symbol]
    book = run.scan.last_row[symbol]
    held = row.hold[leftover + 1]
    most = len(run.tape.levels)
    limit = np.inf if side == BUY else 0.0
    if side == BUY:
        budget = held / (1.0 + rules.fee)
        base, _ = afford(run, symbol, side, book, budget, limit, most, True)
    else:
        want = floor_lot(held, rules.lot)
        base, _ = obtain(run, symbol, side, book, want, limit, most, True)
    quantity = floor_lot(base, rules.lot)
    if quantity > 0.0:
        order = run.totals[0].orders
        money, _ = take(run, symbol, side, book, quantity, limit, most, True, order)
        fee = money * rules.fee
        if side == BUY:
            row.hold[leftover + 1] = max(0.0, held - money * (1.0 + rules.fee))
            row.hold[0] += quantity
        else:
            row.hold[leftover + 1] = max(0.0, held - quantity)
            row.hold[0] += money * (1.0 - rules.fee)
        row.fees += fee * mark(run, rules.quote)
        write_order(
            run, trade, CLOSE_OUT, symbol, side, t, book, np.nan, quantity, money, fee, np.nan
        )
    if is_dust(run, trade, leftover):
        row.on_offer[leftover] = 0


@compiled
def arrive_close_out(run: Run, trade: int) -> None:
    """Work off the close-out orders at tau_c, the second asset's first."""
    row = run.trades[trade]
    for leftover in range(2):
        if row.on_offer[leftover]:
            close_out(run, trade, leftover, row.tau)
    if row.on_offer[0] + row.on_offer[1] == 0:
        complete(run, trade, row.tau)
        return
    offers = run.offers
    at = run.totals[0].offers
    while at > 0 and offers[at - 1] > trade:
        offers[at] = offers[at - 1]
        at -= 1
    offers[at] = trade
    run.totals[0].offers += 1
    for leftover in range(2):
        if row.on_offer[leftover]:
            watch(run, way_back(run, trade, leftover)[0])


@compiled
def work_offers(run: Run, t: int) -> None:
    """After the books of the tick at `t`: what is on offer over its symbols, in order of n."""
    totals = run.totals[0]
    kept = 0
    for at in range(totals.offers):
        trade = run.offers[at]
        row = run.trades[trade]
        for leftover in range(2):
            if row.on_offer[leftover] == 0:
                continue
            symbol = way_back(run, trade, leftover)[0]
            if not has_event(run, symbol, t):
                continue
            close_out(run, trade, leftover, t)
            if row.on_offer[leftover] == 0:
                unwatch(run, symbol)
        if row.on_offer[0] + row.on_offer[1] == 0:
            complete(run, trade, t)
        else:
            run.offers[kept] = trade
            kept += 1
    totals.offers = kept


@compiled
def has_event(run: Run, symbol: int, t: int) -> bool:
    """Return whether the symbol's book in force came with the tick at `t`."""
    row = run.scan.last_row[symbol]
    return row >= 0 and run.tape.time_us[row] == t


@compiled
def worth(run: Run, trade: int, leftover: int) -> float:
    """Return what a leftover would fetch in the start asset at the bid or ask last seen."""
    held = run.trades[trade].hold[leftover + 1]
    if held <= 0.0:
        return 0.0
    symbol, side = way_back(run, trade, leftover)
    fee_rate = run.symbols[symbol].fee
    if side == BUY:
        ask = last_ask(run, symbol)
        return held / (ask * (1.0 + fee_rate)) if ask > 0.0 else 0.0
    return held * last_bid(run, symbol) * (1.0 - fee_rate)


@compiled
def complete(run: Run, trade: int, t: int) -> None:
    """Value a trade at `t`, book its P&L and give back what it holds."""
    row = run.trades[trade]
    cycle = run.cycles[row.cycle]
    dust, unsold = 0.0, 0.0
    if run.config[0].replayed:
        for leftover in range(2):
            if row.on_offer[leftover]:
                unsold += worth(run, trade, leftover)
                row.is_unsold = 1
            else:
                dust += worth(run, trade, leftover)
    price = mark(run, cycle.asset[0])
    row.completed = t
    row.mark = price
    row.residual = dust * price
    row.unsold = unsold * price
    row.pnl = (row.hold[0] + dust + unsold - row.capital) * price
    for k in range(3):
        run.balances[cycle.asset[k]] += row.hold[k]
    row.step = 5
    run.totals[0].in_flight -= 1
