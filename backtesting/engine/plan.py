"""From values to tables: what a replay knows before its first event, as the kernel wants it.

Pure NumPy; the kernel's layout is the only thing shared with the compiled code.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from backtesting.engine.kernel import layout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from backtesting.engine.config import BacktestConfig
    from backtesting.engine.fees import FeeRate
    from marketdata.columns import BookColumns
    from pairings.cycles import Cycle
    from pairings.rules import PairingRules

# Gross products, with fees as one factor, differ from R + 1 by a few units in the last place.
# Within this relative distance of a bound the exact R decides.
_BAND = 1e-12
# The design's model of slippage: r = max(0.85, 1 - slippage_bps / 10000 * 8).
_LEAST_FILL, _FILL_SLOPE = 0.85, 8
# From here on the table of pairs of symbols costs more memory than ticks of two events save.
_MOST_PAIRED = 2048
# For how many triangles a symbol the hot loop is unrolled.
_WIDTHS = (1, 2, 3, 4, 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything a replay is made of, as values."""

    columns: BookColumns
    config: BacktestConfig
    cycles: Sequence[Cycle]  # in canonical order; those without a book for each leg see no look
    rules: Mapping[str, PairingRules]
    fees: Mapping[str, FeeRate]
    balances: Mapping[str, float]
    # Whose pairings give marks; None: every symbol of the columns. The cycles of a sweep's set may
    # be of fewer symbols than its columns hold.
    universe: frozenset[str] | None = None

    @property
    def assets(self) -> tuple[str, ...]:
        """Return the assets of the universe, sorted: the index of an asset in every table."""
        pairings = [self.rules[symbol] for symbol in self.columns.symbols]
        return tuple(sorted({asset for rules in pairings for asset in (rules.base, rules.quote)}))


def build_run(plan: Plan, room: int = 64) -> layout.Run:
    """Return the kernel's memory for a plan, with tables that start at `room` rows."""
    symbols = plan.columns.symbols
    index = {symbol: at for at, symbol in enumerate(symbols)}
    assets = {asset: at for at, asset in enumerate(plan.assets)}
    symbol_table = _symbols(plan, assets)
    cycles = _cycles(plan, index, assets)
    cycle_list = _index_cycles(symbol_table, cycles)
    scan = _scan(symbol_table, cycles)
    balances = np.array([plan.balances.get(asset, 0.0) for asset in plan.assets], np.float64)
    return layout.Run(
        tape=_tape(plan.columns),
        scan=scan,
        config=config_row(plan.config, assets),
        symbols=symbol_table,
        cycles=cycles,
        cycle_list=cycle_list,
        assets=_assets(plan, index, assets),
        balances=balances,
        totals=_totals(),
        armed=np.zeros(len(cycles) + 1, layout.ARMED),
        trades=np.zeros(room, layout.TRADE),
        calendar=np.zeros(room, np.int64),
        sorting=np.zeros(room, np.int64),
        latencies=np.zeros(room),
        offers=np.zeros(room, np.int64),
        orders=np.zeros(room * 8, layout.ORDER),
        episodes=np.zeros(room + len(cycles), layout.EPISODE),
        takes=np.zeros(room * 8, layout.TAKE),
        taken=np.zeros(room * 8, layout.TAKEN),
    )


def unrolled(run: layout.Run) -> tuple[int, ...]:
    """Return the tuple whose length unrolls the hot loop; empty where symbols differ too much."""
    counts = run.scan.legs_to - run.scan.legs_from
    width = int(counts[0]) // 3 if len(counts) and np.all(counts == counts[0]) else 0
    return (0,) * (width if width in _WIDTHS else 0)


def most_looks(run: layout.Run) -> int:
    """Return how many looks an event of the busiest symbol takes in the hot loop."""
    counts = (run.scan.legs_to - run.scan.legs_from) // 3
    return 2 * int(counts.max(initial=0))


def _read_only(column: NDArray[Any]) -> NDArray[Any]:
    """Return a plain, read-only view: one type for the compiler, whether mapped or in memory."""
    view = np.asarray(column).view()
    view.flags.writeable = False
    return view


def _tape(columns: BookColumns) -> layout.Tape:
    return layout.Tape(
        time_us=_read_only(columns.time_us),
        symbol=_read_only(columns.symbol),
        best_bid=_read_only(columns.best_bid),
        inverse_ask=_read_only(columns.inverse_ask),
        depth_start=_read_only(columns.depth_start),
        bid_count=_read_only(columns.bid_count),
        levels=_read_only(columns.levels),
    )


def config_row(config: BacktestConfig, assets: Mapping[str, int]) -> NDArray[np.void]:
    """Return a config as the kernel's one row (CONFIG); `assets` gives each asset's index."""
    table = np.zeros(1, layout.CONFIG)
    row = table[0]
    row["threshold"] = config.min_profit_threshold
    row["capital"] = config.trade_capital
    row["slippage"] = config.slippage_bps / 10_000
    row["fill_ratio"] = max(_LEAST_FILL, 1 - config.slippage_bps / 10_000 * _FILL_SLOPE)
    row["latency_ms"] = config.execution_latency_ms
    row["jitter_ms"] = config.latency_jitter_ms
    row["seed"] = config.seed
    row["depth"] = config.max_depth_levels
    row["concurrency"] = config.max_concurrent_trades
    stale = config.staleness_threshold_ms
    row["stale_after_us"] = math.inf if stale is None else stale * 1000
    row["replayed"] = config.fill_model == "replayed"
    row["after_reset"] = config.reentry == "after_reset"
    row["quote"] = assets.get(config.quote_asset, -1)
    row["keep_takes"] = 1
    return table


def _symbols(plan: Plan, assets: Mapping[str, int]) -> NDArray[np.void]:
    table = np.zeros(len(plan.columns.symbols), layout.SYMBOL)
    overrides = plan.config.min_order_size_by_pair or {}
    for at, symbol in enumerate(plan.columns.symbols):
        rules, row = plan.rules[symbol], table[at]
        row["fee"] = plan.fees[symbol].rate if symbol in plan.fees else 0.0
        row["lot"] = 10.0**rules.lot_decimals
        row["order_min"] = rules.order_min
        row["leg_min"] = overrides.get(symbol, rules.order_min)
        row["cost_min"] = rules.cost_min
        row["base"], row["quote"] = assets[rules.base], assets[rules.quote]
        row["watchers"] = 1  # its first book
        row["taken"] = -1
        row["threshold"] = math.inf
    return table


def _assets(plan: Plan, index: Mapping[str, int], assets: Mapping[str, int]) -> NDArray[np.void]:
    """Return the pairing that joins each asset with the quote asset, -1 where none does."""
    table = np.zeros(len(assets), layout.ASSET)
    table["symbol"] = -1
    quote = plan.config.quote_asset
    for symbol, at in index.items():
        if plan.universe is not None and symbol not in plan.universe:
            continue
        rules = plan.rules[symbol]
        if quote in (rules.base, rules.quote):
            row = table[assets[rules.base if rules.quote == quote else rules.quote]]
            row["symbol"], row["inverse"] = at, rules.base == quote
    return table


def _cycles(plan: Plan, index: Mapping[str, int], assets: Mapping[str, int]) -> NDArray[np.void]:
    table = np.zeros(len(plan.cycles), layout.CYCLE)
    pays = 1.0 + plan.config.min_profit_threshold
    for at, cycle in enumerate(plan.cycles):
        row = table[at]
        sides = [layout.BUY if leg.side == "buy" else layout.SELL for leg in cycle.legs]
        symbols = [index[leg.symbol] for leg in cycle.legs]
        row["symbol"], row["side"] = symbols, sides
        row["asset"] = [assets[asset] for asset in cycle.assets]
        row["rate"] = [2 * symbol + side for symbol, side in zip(symbols, sides, strict=True)]
        kept = 1.0
        for leg in cycle.legs:
            fee = plan.fees[leg.symbol].rate
            kept *= 1.0 / (1.0 + fee) if leg.side == "buy" else 1.0 - fee
        row["net_low"], row["net_high"] = (1 - _BAND) / kept, (1 + _BAND) / kept
        row["pays_low"], row["pays_high"] = pays * (1 - _BAND) / kept, pays * (1 + _BAND) / kept
    return table


def _index_cycles(symbols: NDArray[np.void], cycles: NDArray[np.void]) -> NDArray[np.int64]:
    """Return the cycles by symbol, in canonical order, and note each symbol's part and bound."""
    lists: list[list[int]] = [[] for _ in symbols]
    for at, cycle in enumerate(cycles):
        bound = min(cycle["net_low"], cycle["pays_low"])
        for symbol in cycle["symbol"]:
            lists[symbol].append(at)
            symbols["threshold"][symbol] = min(symbols["threshold"][symbol], bound)
    ends = np.cumsum([len(found) for found in lists])
    symbols["cycles_to"] = ends
    symbols["cycles_from"] = ends - [len(found) for found in lists]
    return np.array([at for found in lists for at in found], np.int64)


def _scan(symbols: NDArray[np.void], cycles: NDArray[np.void]) -> layout.Scan:
    size = len(symbols)
    triangles = _triangles(size, cycles)
    nothing = [2 * size, 2 * size, 2 * size]  # the two zeros at the end of `rate`
    width = _width(triangles)
    padded = [found + [nothing] * (width - len(found)) for found in triangles]
    ends = np.cumsum([3 * len(found) for found in padded]).astype(np.int32)
    starts = (ends - [3 * len(found) for found in padded]).astype(np.int32)
    legs = [triangle for found in padded for triangle in found]
    shared_legs, shared_looks = _shared(triangles, starts, 3 * len(legs))
    return layout.Scan(
        rate=np.zeros(2 * size + 2),
        threshold=np.full(size, -math.inf),
        last_row=np.full(size + 1, -1, np.int64),
        looks=np.zeros(size, np.int64),
        legs=np.array([*legs, nothing], np.uint16).reshape(-1),
        legs_from=starts,
        legs_to=ends,
        shared_legs=shared_legs,
        shared_looks=shared_looks,
        unseen=np.array([sum(map(bool, triangles))], np.int64),
    )


def _triangles(size: int, cycles: NDArray[np.void]) -> list[list[list[int]]]:
    """Return by symbol the rate indexes of each of its triangles, in one of two directions."""
    triangles: list[list[list[int]]] = [[] for _ in range(size)]
    known: set[frozenset[int]] = set()
    for cycle in cycles:
        key = frozenset(cycle["symbol"].tolist())
        if key not in known:
            known.add(key)
            for symbol in cycle["symbol"]:
                triangles[symbol].append(cycle["rate"].tolist())
    return triangles


def _width(triangles: list[list[list[int]]]) -> int:
    """Return to how many triangles every symbol is padded, so that the hot loop is unrolled.

    0, no padding, where that would more than double the work or make the loop long. Few widths,
    since each is compiled anew.
    """
    most = max((len(found) for found in triangles), default=0)
    width = next((width for width in _WIDTHS if width >= most), 0)
    mean = sum(map(len, triangles)) / max(1, sum(map(bool, triangles)))
    return width if width <= 2 * mean else 0


def _shared(
    triangles: list[list[list[int]]], starts: NDArray[np.int32], nothing: int
) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    """Return by pair of symbols where in `legs` the triangle stands that they have in common."""
    size = len(triangles)
    if size > _MOST_PAIRED:
        return np.zeros(1, np.int32), np.zeros(1, np.int8)
    legs = np.full((size, size), nothing, np.int32)
    for symbol, found in enumerate(triangles):
        for at, triangle in enumerate(found):
            for rate in triangle:
                legs[symbol, rate // 2] = starts[symbol] + 3 * at
    return legs.reshape(-1), np.zeros(size * size, np.int8)


def _totals() -> NDArray[np.void]:
    table = np.zeros(1, layout.TOTALS)
    table["taken_free"] = -1
    return table
