"""What a replay is asked to do: the standard's section 0. Every default lives here alone."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

FILL_MODELS = ("modeled", "replayed")
REENTRIES = ("after_reset", "always")
DEFAULT_BALANCE = 1000.0
_MAX_SEED = 2**32 - 1
_MAX_LEVELS = 1000


class ConfigError(ValueError):
    """A parameter is out of its bounds; the message names it, its value and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestConfig:
    """The parameters of one replay; fractions are plain (0.0005 is 5 basis points)."""

    fee_rate: float = 0.0
    fee_profile: str | None = None
    min_profit_threshold: float = 0.0005
    trade_capital: float = 100.0
    quote_asset: str = "USD"
    slippage_bps: float = 4.0
    execution_latency_ms: float = 20.0
    latency_jitter_ms: float = 0.0
    seed: int = 0
    max_depth_levels: int = 10
    max_concurrent_trades: int = 1
    min_order_size_by_pair: Mapping[str, float] | None = None
    staleness_threshold_ms: float | None = None
    fill_model: str = "modeled"
    reentry: str = "after_reset"
    start_assets: tuple[str, ...] | None = None
