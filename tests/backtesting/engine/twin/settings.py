"""What one replay is asked to do (section 0): the twin's own copy of the defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Fields and units as in the standard's table; None means the same as there."""

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
    min_order_size_by_pair: Mapping[str, float] | None = field(default=None)
    staleness_threshold_ms: float | None = None
    fill_model: str = "modeled"
    reentry: str = "after_reset"
    start_assets: Sequence[str] | None = None

    def starts(self) -> tuple[str, ...]:
        """Return the assets that cycles may start from, in order of preference."""
        return (self.quote_asset,) if self.start_assets is None else tuple(self.start_assets)
