"""The kernel's memory: every table that the compiled functions share, field by field.

Records are NumPy structured arrays, so that a compiled function reads `trades[i].capital` and the
Python side reads the same column without a copy. Times are integer microseconds, money and
quantities doubles, indexes int64. A price or side that was never seen is 0.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SELL, BUY = 0, 1
MISSED, FAILED, EXECUTED = 0, 1, 2
CLOSE_OUT, CONVERSION = 4, 5
BLIND, BELOW, PAYS = -1, 0, 1  # what a look at a cycle finds

MISS_REASONS = (
    "stale_book",
    "not_rearmed",
    "max_concurrent_trades",
    "no_mark",
    "insufficient_balance",
    "insufficient_depth",
    "below_min_order_size",
    "edge_eroded",
)
(
    STALE_BOOK,
    NOT_REARMED,
    MAX_CONCURRENT_TRADES,
    NO_MARK,
    INSUFFICIENT_BALANCE,
    INSUFFICIENT_DEPTH,
    BELOW_MIN_ORDER_SIZE,
    EDGE_ERODED,
) = range(len(MISS_REASONS))

CONFIG = np.dtype(
    [
        ("threshold", "f8"),
        ("capital", "f8"),
        ("slippage", "f8"),  # a fraction
        ("fill_ratio", "f8"),  # r of the modeled fills
        ("latency_ms", "f8"),
        ("jitter_ms", "f8"),
        ("seed", "u8"),
        ("depth", "i8"),
        ("concurrency", "i8"),
        ("stale_after_us", "f8"),  # inf: no gate
        ("replayed", "i8"),  # 1: the replayed fill model
        ("after_reset", "i8"),  # 1: reentry after_reset
        ("quote", "i8"),  # index of quote_asset, -1 where no pairing has it
        ("keep_takes", "i8"),  # 1: write down what each order takes of each level
    ],
    align=True,
)
SYMBOL = np.dtype(
    [
        ("fee", "f8"),
        ("lot", "f8"),  # 10 ** lot_decimals
        ("order_min", "f8"),  # the pairing's own: judges dust
        ("leg_min", "f8"),  # with min_order_size_by_pair: judges legs
        ("cost_min", "f8"),
        ("base", "i8"),
        ("quote", "i8"),
        ("cycles_from", "i8"),  # its cycles: cycle_list[cycles_from:cycles_to]
        ("cycles_to", "i8"),
        ("threshold", "f8"),  # products up to it are of no interest to detection
        ("watchers", "i8"),  # reasons to look at every event of it
        ("seen", "i8"),
        ("seen_bid", "f8"),  # last seen while the side is empty
        ("seen_ask", "f8"),
        ("taken", "i8"),  # first of its entries in `taken`, -1: none
    ],
    align=True,
)
CYCLE = np.dtype(
    [
        ("symbol", "i8", (3,)),
        ("side", "i8", (3,)),
        ("asset", "i8", (3,)),
        ("rate", "i8", (3,)),  # index into `rate` of each leg's gross rate
        # Bounds on the product of gross rates. Between low and high only the exact R decides.
        ("net_low", "f8"),
        ("net_high", "f8"),
        ("pays_low", "f8"),
        ("pays_high", "f8"),
        ("ready", "i8"),  # its three books have been seen
        ("in_episode", "i8"),
        ("episode_start", "i8"),
        ("disarmed", "i8"),
        ("looked_at", "i8"),  # number of the last tick that looked at it
    ],
    align=True,
)
ASSET = np.dtype([("symbol", "i8"), ("inverse", "i8")], align=True)
TRADE = np.dtype(
    [
        ("cycle", "i8"),
        ("t", "i8"),
        ("status", "i8"),
        ("capital", "f8"),
        ("expected", "f8"),
        ("pnl", "f8"),
        ("completed", "i8"),
        ("mark", "f8"),  # of the start asset at completion
        ("residual", "f8"),  # value of dust, in quote_asset
        ("unsold", "f8"),  # value of what is unsold, in quote_asset
        ("is_unsold", "i8"),
        ("fees", "f8"),  # in quote_asset
        ("tau", "i8"),
        ("step", "i8"),  # what happens at tau: 0 send leg 1, 1-3 a leg arrives, 4 the close-out
        ("quantity", "f8"),
        ("budget", "f8"),
        ("price", "f8", (3,)),
        ("worst", "f8", (3,)),
        ("hold", "f8", (3,)),
        ("row", "i8", (3,)),  # the books at detection
        ("bid", "f8", (2,)),  # last seen at detection, second and third asset's pairing
        ("ask", "f8", (2,)),
        ("on_offer", "i8", (2,)),
    ],
    align=True,
)
ORDER = np.dtype(
    [
        ("trade", "i8"),
        ("leg", "i8"),
        ("symbol", "i8"),
        ("side", "i8"),
        ("t", "i8"),
        ("row", "i8"),  # the book it met
        ("ordered", "f8"),
        ("filled", "f8"),
        ("money", "f8"),
        ("fee", "f8"),
        ("ratio", "f8"),
    ],
    align=True,
)
EPISODE = np.dtype(
    [("cycle", "i8"), ("start", "i8"), ("end", "i8"), ("censored", "i8")], align=True
)
TAKEN = np.dtype(
    [("next", "i8"), ("side", "i8"), ("price", "f8"), ("taken", "f8"), ("first", "f8")], align=True
)
# What an order took of one level; `order` is its row among the orders.
TAKE = np.dtype([("order", "i8"), ("price", "f8"), ("quantity", "f8")], align=True)
TOTALS = np.dtype(
    [
        ("looks", "i8"),
        ("gross_positive", "i8"),
        ("net_positive", "i8"),
        ("opportunities", "i8"),
        ("misses", "i8", (len(MISS_REASONS),)),
        ("ticks", "i8"),  # worked off one by one: numbers the looks
        ("trades", "i8"),
        ("in_flight", "i8"),
        ("pending", "i8"),  # entries of the calendar
        ("offers", "i8"),
        ("orders", "i8"),
        ("episodes", "i8"),
        ("takes", "i8"),
        ("taken_used", "i8"),
        ("taken_free", "i8"),  # head of the list of freed entries, -1: none
        ("taken_spare", "i8"),  # length of that list
    ],
    align=True,
)
# An opportunity of the tick at hand that is fresh and armed.
ARMED = np.dtype([("cycle", "i8"), ("ret", "f8")], align=True)
# A look that pays at the lowest threshold of a sweep.
CANDIDATE = np.dtype(
    [
        ("t", "i8"),
        ("cycle", "i8"),
        ("ret", "f8"),  # R
        ("age_us", "i8"),  # of the oldest of the three books
        ("continues", "i8"),  # 1: the cycle's look before paid as well
        ("book", "i8", (3,)),  # the legs' books: rows when found, then places (see kernel/places)
    ],
    align=True,
)
# The figures of a report, of any number of replays; NaN where there was nothing to measure.
SUMMARY = np.dtype(
    [
        ("looks", "i8"),
        ("gross_positive", "i8"),
        ("net_positive", "i8"),
        ("opportunities", "i8"),
        ("episodes", "i8"),
        ("misses", "i8", (len(MISS_REASONS),)),
        ("trades", "i8"),
        ("executed", "i8"),
        ("failed", "i8"),
        ("missed", "i8"),
        ("unsold", "i8"),  # trades with something unsold
        ("win_rate", "f8"),
        ("fill_rate", "f8"),
        ("pnl", "f8"),
        ("drawdown", "f8"),
        ("fees", "f8"),
        ("residual", "f8"),
        ("unsold_value", "f8"),
        ("p50_ms", "f8"),
        ("p95_ms", "f8"),
        ("p99_ms", "f8"),
    ],
    align=True,
)


class Tape(NamedTuple):
    """The columns of `marketdata.columns.BookColumns`, read-only."""

    time_us: NDArray[np.int64]
    symbol: NDArray[np.uint16]
    best_bid: NDArray[np.float64]
    inverse_ask: NDArray[np.float64]
    depth_start: NDArray[np.int64]
    bid_count: NDArray[np.uint16]
    levels: NDArray[np.float64]


class Scan(NamedTuple):
    """What the hot loop touches, S symbols.

    `rate` (2 S + 2,): best bid and 1 / best ask by symbol, then two zeros for the legs of absent
    triangles; `threshold`, `looks` (S,); `last_row` (S + 1,), the last for those zeros; `legs`:
    rate indexes of each symbol's triangles, three legs in order (the reverse direction has each
    index's lowest bit flipped), symbol s's from `legs_from[s]` to `legs_to[s]`, one absent
    triangle at the end; `shared_legs`, `shared_looks` (S * S,): where the triangle begins that two
    symbols have in common, and its looks; `unseen` (1,): symbols of triangles without a first book.
    """

    rate: NDArray[np.float64]
    threshold: NDArray[np.float64]
    last_row: NDArray[np.int64]
    looks: NDArray[np.int64]
    legs: NDArray[np.uint16]
    legs_from: NDArray[np.int32]
    legs_to: NDArray[np.int32]
    shared_legs: NDArray[np.int32]
    shared_looks: NDArray[np.int8]
    unseen: NDArray[np.int64]


class Run(NamedTuple):
    """One replay: its tape, its rules and all of its state."""

    tape: Tape
    scan: Scan
    config: NDArray[np.void]
    symbols: NDArray[np.void]
    cycles: NDArray[np.void]
    cycle_list: NDArray[np.int64]
    assets: NDArray[np.void]
    balances: NDArray[np.float64]
    totals: NDArray[np.void]
    armed: NDArray[np.void]
    trades: NDArray[np.void]
    calendar: NDArray[np.int64]
    sorting: NDArray[np.int64]  # room to put trades in order when all is settled
    latencies: NDArray[np.float64]  # room likewise
    offers: NDArray[np.int64]
    orders: NDArray[np.void]
    episodes: NDArray[np.void]
    takes: NDArray[np.void]
    taken: NDArray[np.void]
