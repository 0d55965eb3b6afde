"""What a run form shows before anything is typed: defaults, the account, or another job's run."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from backtesting.engine.config import DEFAULT_BALANCE, BacktestConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backtesting.requests import ReplayRequest

DEFAULTS: Final = {field.name: field.default for field in fields(BacktestConfig)}
BPS: Final = Decimal(10_000)
PERCENT: Final = Decimal(100)
# Fields that show their parameter as it is, under its own name.
AS_THEY_ARE: Final = (
    "trade_capital",
    "quote_asset",
    "fill_model",
    "slippage_bps",
    "execution_latency_ms",
    "latency_jitter_ms",
    "seed",
    "max_depth_levels",
    "max_concurrent_trades",
    "staleness_threshold_ms",
    "reentry",
)


def untouched() -> dict[str, Any]:
    """Return what an untouched form shows: the defaults of `BacktestConfig`."""
    config = BacktestConfig()
    balances = {config.quote_asset: DEFAULT_BALANCE}
    return {"balances": balances_text(balances), **_of_config(config)}


def filled_from(request: ReplayRequest, name: str = "") -> dict[str, Any]:
    """Return what a form shows that asks for the same again, to the last digit."""
    return {
        "name": name,
        "balances": balances_text(request.starting_balances),
        "recordings": list(request.recordings or ()),
        "symbols": ", ".join(request.symbols or ()),
        "start": request.start.isoformat() if request.start else "",
        "end": request.end.isoformat() if request.end else "",
        **_of_config(request.config),
    }


def balances_text(balances: Mapping[str, float]) -> str:
    """Return amounts as they are typed: `USD=1000, BTC=0.1`."""
    return ", ".join(f"{asset}={_plain(amount)}" for asset, amount in balances.items())


def _of_config(config: BacktestConfig) -> dict[str, Any]:
    shown = {name: _shown(getattr(config, name)) for name in AS_THEY_ARE}
    minimums = config.min_order_size_by_pair or {}
    return shown | {
        "threshold_bps": _plain(Decimal(repr(config.min_profit_threshold)) * BPS),
        "minimums": balances_text(minimums),
        "start_assets": ", ".join(config.start_assets or ()),
        **_fees_of(config),
    }


def _fees_of(config: BacktestConfig) -> dict[str, Any]:
    if config.fee_rate:
        percent = _plain(Decimal(repr(config.fee_rate)) * PERCENT)
        return {"fee": "flat", "fee_percent": percent, "fee_volume": "0"}
    if config.fee_volume is not None:
        return {"fee": "volume", "fee_volume": _plain(config.fee_volume)}
    return {"fee": config.fee_profile or "account", "fee_volume": "0"}


def _shown(value: Any) -> Any:
    return _plain(value) if isinstance(value, float) else value


def _plain(value: float | Decimal) -> str:
    """Return a number as people type it: 1000, not 1000.0, and 0.00001, not 1e-05."""
    text = f"{value if isinstance(value, Decimal) else Decimal(repr(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
