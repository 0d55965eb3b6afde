"""Rows that a replay leaves behind, and whether there is room for those of one more tick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backtesting.engine.kernel.compiling import compiled

if TYPE_CHECKING:
    from backtesting.engine.kernel.layout import Run

# Three legs, and a take of each of two assets when the close-out arrives and when a book changes.
ROWS_A_TRADE = 7


@compiled
def write_order(
    run: Run,
    trade: int,
    leg: int,
    symbol: int,
    side: int,
    t: int,
    book: int,
    ordered: float,
    filled: float,
    money: float,
    fee: float,
    ratio: float,
) -> None:
    """Append one order row."""
    row = run.orders[run.totals[0].orders]
    run.totals[0].orders += 1
    row.trade = trade
    row.leg = leg
    row.symbol = symbol
    row.side = side
    row.t = t
    row.row = book
    row.ordered = ordered
    row.filled = filled
    row.money = money
    row.fee = fee
    row.ratio = ratio


@compiled
def has_room(run: Run, levels_a_trade: int) -> bool:
    """Return whether every table can take what one tick, or the end of the data, may add."""
    totals = run.totals[0]
    cycles = len(run.cycles)
    started = min(cycles, run.config[0].concurrency)
    busy = totals.in_flight + started
    return (
        totals.trades + started <= len(run.trades)
        and totals.orders + ROWS_A_TRADE * busy <= len(run.orders)
        and totals.episodes + cycles <= len(run.episodes)
        and totals.takes + levels_a_trade * busy <= len(run.takes)
        and totals.taken_used - totals.taken_spare + levels_a_trade * busy <= len(run.taken)
    )


@compiled
def write_take(run: Run, order: int, price: float, quantity: float) -> None:
    """Append what an order took of one level."""
    row = run.takes[run.totals[0].takes]
    run.totals[0].takes += 1
    row.order = order
    row.price = price
    row.quantity = quantity


@compiled
def write_episode(run: Run, cycle: int, end: int, censored: int) -> None:
    """Append the episode that ends now."""
    row = run.episodes[run.totals[0].episodes]
    run.totals[0].episodes += 1
    row.cycle = cycle
    row.start = run.cycles[cycle].episode_start
    row.end = end
    row.censored = censored
