"""Markets with and without an edge, in which every trade happens.

Three books follow one fair price, a random walk, every few milliseconds. Once a second the bid
of ETH/USD jumps up: for less than an order takes (then every leg fills at a fair price, and P&L
is the drift of prices meanwhile, of mean 0), or for longer (then the edge is real).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from backtesting.engine.config import BacktestConfig
from backtesting.engine.events import EventStore
from backtesting.sweep import (
    SearchOptions,
    SweepArtifacts,
    SweepAxes,
    SweepInputs,
    SweepPlan,
    build_parameter_grid,
    run_parameter_search,
)
from marketdata.columns import build_columns
from pairings.rules import PairingRules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SYMBOLS = ("BTC/USD", "ETH/BTC", "ETH/USD")
# Orders may fill anywhere: what matters is where the market is when they arrive.
BASE = BacktestConfig(fee_profile="zero", fill_model="replayed", slippage_bps=100.0)
THETAS_BPS = (1, 3, 6, 9, 12, 16, 20, 25)
_STEP_MS, _STEPS = 10, 30
_STEP_STD = 0.4e-4
_HALF_SPREAD = 1e-9
_JUMP_BPS = (2.0, 40.0)


def market(
    seed: int, seconds: int = 400, *, share: float = 1.0, lasts_steps: int = 0
) -> EventStore:
    """Return a market with a jump in this share of its seconds.

    Each lasts so many steps of 10 ms, or with 0 steps is gone within a millisecond.
    """
    rng = np.random.default_rng(seed)
    ticks = seconds * _STEPS
    slot, step = np.divmod(np.arange(ticks), _STEPS)
    time_us = 1000 * (1000 * slot + _STEP_MS * step)
    fair = np.cumsum(_STEP_STD * rng.standard_normal((ticks, 2)), axis=0)  # BTC and ETH in USD
    jump = rng.uniform(*_JUMP_BPS, seconds)[slot] * 1e-4
    jumped = (rng.random(seconds) < share)[slot] & (step >= 1) & (step <= max(1, lasts_steps))
    mids = np.stack([fair[:, 0], fair[:, 1] - fair[:, 0], fair[:, 1]], axis=1)
    mids = np.exp(mids) * np.array([60_000.0, 0.05, 3_000.0])
    tops = mids[:, :, None] * np.array([1 - _HALF_SPREAD, 1 + _HALF_SPREAD])
    if lasts_steps:
        tops[jumped, 2] *= (1 + jump[jumped])[:, None]
        return _store(time_us, tops)
    # The jump is an event of its own, just before the tick that takes it back.
    early = tops[jumped, 2] * (1 + jump[jumped])[:, None]
    return _store(time_us, tops, at_us=time_us[jumped] - 500, extra=early)


def _store(
    time_us: NDArray[np.int64],
    tops: NDArray[np.float64],
    at_us: NDArray[np.int64] | None = None,
    extra: NDArray[np.float64] | None = None,
) -> EventStore:
    """Return ticks of three books each, and `extra` books of ETH/USD at times of their own."""
    times, symbols = np.repeat(time_us, 3), np.tile(np.arange(3), len(time_us))
    touch = tops.reshape(-1, 2)
    if at_us is not None and extra is not None:
        times, symbols = np.append(times, at_us), np.append(symbols, np.full(len(at_us), 2))
        touch = np.concatenate([touch, extra])
    order = np.argsort(times, kind="stable")
    levels = np.full((len(times), 2, 2), 1e6)
    levels[:, :, 0] = touch[order]
    ones = np.ones(len(times), np.uint16)
    columns = build_columns(
        symbols=SYMBOLS,
        time_us=times[order],
        symbol=symbols[order].astype(np.uint16),
        bid_count=ones,
        ask_count=ones,
        levels=levels.reshape(-1, 2),
    )
    return EventStore(columns=columns, fingerprint="made")


def sweep_of(
    store: EventStore,
    train_ratio: float = 0.7,
    *,
    thetas_bps: Sequence[float] = THETAS_BPS,
    latencies_ms: Sequence[float] = (20.0, 30.0, 40.0),
) -> SweepArtifacts:
    """Return a sweep over such a market, of 216 sets unless other values are given."""
    asked = replace(
        SweepAxes.of(BASE),
        min_profit_threshold=tuple(1e-4 * bps for bps in thetas_bps),
        trade_capital=(50.0, 100.0, 200.0),
        staleness_threshold_ms=(None, 100.0, 5.0),
        further={"execution_latency_ms": tuple(latencies_ms)},
    )
    rules = {symbol: PairingRules.from_symbol(symbol) for symbol in SYMBOLS}
    plan = SweepPlan.of(
        store,
        asked,
        build_parameter_grid(asked, BASE),
        SweepInputs(base=BASE, rules=rules),
        SearchOptions(train_ratio=train_ratio),
    )
    return run_parameter_search(plan)
