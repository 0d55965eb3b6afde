"""How long an order is on its way (section 3)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.backtesting.engine.twin.settings import Settings

_64_BITS = 2**64 - 1


def latency_us(settings: Settings, n: int, k: int) -> int:
    """Return the latency of order k of trade n in whole microseconds."""
    latency_ms = settings.execution_latency_ms
    if settings.latency_jitter_ms != 0:
        u = (_splitmix64(settings.seed * 2**32 + n * 8 + k) >> 11) / 2**53
        latency_ms += settings.latency_jitter_ms * -math.log(1.0 - u)
    return math.floor(latency_ms * 1000.0 + 0.5)


def _splitmix64(value: int) -> int:
    value = (value + 0x9E3779B97F4A7C15) & _64_BITS
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _64_BITS
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _64_BITS
    return value ^ (value >> 31)
