"""Latency of an order: constant plus seeded exponential jitter (the standard, section 3)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from backtesting.engine.kernel.compiling import compiled

if TYPE_CHECKING:
    from backtesting.engine.kernel.layout import Run

_INCREMENT = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S11, _S27, _S30, _S31, _S32 = (np.uint64(n) for n in (11, 27, 30, 31, 32))
_EIGHT = np.uint64(8)


@compiled
def splitmix64(value: int) -> int:
    """Return the finalised hash of an unsigned 64-bit number (Steele, Lea, Flood 2014)."""
    v = np.uint64(value) + _INCREMENT
    v = (v ^ (v >> _S30)) * _MIX_1
    v = (v ^ (v >> _S27)) * _MIX_2
    return v ^ (v >> _S31)


@compiled
def latency_us(run: Run, trade: int, order: int) -> int:
    """Return the latency of order 1-3 (legs) or 4 (close-out) of a trade, in microseconds."""
    config = run.config[0]
    milliseconds = config.latency_ms
    if config.jitter_ms > 0.0:
        key = (config.seed << _S32) + np.uint64(trade + 1) * _EIGHT + np.uint64(order)
        uniform = float(splitmix64(key) >> _S11) / 9007199254740992.0
        milliseconds += config.jitter_ms * -math.log(1.0 - uniform)
    return int(math.floor(milliseconds * 1000.0 + 0.5))
