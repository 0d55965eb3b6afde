"""What a replay says: the standard's section 9, as frozen values.

`None` means that there was nothing to measure. Tables stay NumPy records; rows become objects
only where somebody asks for them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from backtesting.engine.config import BacktestConfig
    from backtesting.engine.fees import FeeRate
    from backtesting.engine.tables import ReplayTables

_AMOUNTS = (
    "realized_pnl_usd",
    "max_drawdown_usd",
    "fees_paid_usd",
    "residual_value_usd",
    "unsold_value_usd",
)
_LAST_BITS = 1e-6


class ReplayError(ValueError):
    """A replay cannot be run, or its report contradicts itself; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """One order: a leg (1-3), a `close-out` take or a `conversion`.

    `money` is cost or proceeds before the fee, both in the pairing's quote asset; `ordered` and
    `ratio` are None but for legs.
    """

    leg: int | str
    symbol: str
    side: str
    t: datetime
    ordered: float | None
    filled: float
    money: float
    fee: float
    ratio: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeRow:
    """One trade; `capital` in the start asset, `pnl` in quote_asset, `expected` a return."""

    n: int
    t: datetime
    cycle: tuple[str, str, str]
    status: str
    capital: float
    expected: float
    pnl: float
    completed: datetime
    fees: float
    residual_value: float
    unsold_value: float
    orders: tuple[OrderRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeRow:
    """A run of consecutive opportunities of one cycle; censored where the data ended first."""

    cycle: tuple[str, str, str]
    start: datetime
    end: datetime
    is_censored: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestReport:
    """The report of one replay; amounts named `usd` are in the config's quote_asset.

    `silent_symbols` are those of the universe without any event.
    """

    started_at: datetime | None
    finished_at: datetime | None
    processed_events: int
    rejected_events: int
    looks: int
    gross_positive: int
    net_positive: int
    opportunities_seen: int
    episodes: int
    trades_attempted: int
    trades_executed: int
    trades_failed: int
    trades_missed: int
    trades_unsold: int
    win_rate: float | None
    fill_rate: float | None
    realized_pnl_usd: float
    max_drawdown_usd: float
    fees_paid_usd: float
    residual_value_usd: float
    unsold_value_usd: float
    miss_reasons: Mapping[str, int]
    execution_latency_p50_ms: float | None
    execution_latency_p95_ms: float | None
    execution_latency_p99_ms: float | None
    ending_balances: Mapping[str, float]
    fill_model: str
    fee_source: str
    fee_rates: Mapping[str, FeeRate]
    config: BacktestConfig
    symbols: tuple[str, ...]
    cycles: int
    model_limits: tuple[str, ...]
    tables: ReplayTables = field(repr=False)
    is_synthetic: bool = False
    recordings: tuple[str, ...] = ()
    data_fingerprint: str = ""
    inferred_pairings: tuple[str, ...] = ()
    silent_symbols: tuple[str, ...] = ()
    trades: Sequence[TradeRow] = field(default=(), repr=False)
    episode_rows: Sequence[EpisodeRow] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        """Raise ReplayError where the figures contradict one another."""
        missed = sum(self.miss_reasons.values())
        _require(
            self.opportunities_seen == self.trades_attempted + missed,
            f"{self.opportunities_seen} opportunities are not {self.trades_attempted} trades "
            f"and {missed} misses",
        )
        ended = self.trades_executed + self.trades_failed + self.trades_missed
        _require(
            self.trades_attempted == ended,
            f"{self.trades_attempted} trades were started and {ended} ended",
        )
        self._check_figures()
        self._check_percentiles()

    def _check_figures(self) -> None:
        for name in _AMOUNTS:
            _require(math.isfinite(getattr(self, name)), f"{name} is {getattr(self, name)}")
        for asset, amount in self.ending_balances.items():
            _require(math.isfinite(amount), f"{amount} {asset} are left")
        for name in ("win_rate", "fill_rate"):
            rate = getattr(self, name)
            # A fill ratio may exceed 1 by the last bits that cutting to lots forgives.
            _require(rate is None or 0 <= rate <= 1 + _LAST_BITS, f"{name} is {rate}")
        _require(self.max_drawdown_usd >= 0, f"max_drawdown_usd is {self.max_drawdown_usd}")

    def _check_percentiles(self) -> None:
        p50, p95, p99 = (
            self.execution_latency_p50_ms,
            self.execution_latency_p95_ms,
            self.execution_latency_p99_ms,
        )
        if p50 is None or p95 is None or p99 is None:
            _require(p50 is p95 is p99 is None, f"latencies are {p50}, {p95} and {p99}")
            return
        # Interpolation may cost the last bits.
        in_order = 0 <= p50 <= p95 * (1 + _LAST_BITS) and p95 <= p99 * (1 + _LAST_BITS) < math.inf
        _require(in_order, f"latencies of {p50}, {p95} and {p99} ms do not rise")

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values for JSON: times ISO 8601 UTC, trades left out."""
        values: dict[str, Any] = {
            name: getattr(self, name)
            for name in self.__dataclass_fields__
            if name not in ("trades", "episode_rows", "tables", "config", "fee_rates")
        }
        for name in ("started_at", "finished_at"):
            time = values[name]
            values[name] = time.isoformat() if time else None
        values["miss_reasons"] = dict(self.miss_reasons)
        values["ending_balances"] = dict(self.ending_balances)
        values["fee_rates"] = {
            symbol: {"rate": fee.rate, "source": fee.source}
            for symbol, fee in self.fee_rates.items()
        }
        values["config"] = self.config.as_json()
        return values


def trade_as_json(trade: TradeRow) -> dict[str, Any]:
    """Return a trade row as plain values; what an order has not is left out."""
    row = {name: getattr(trade, name) for name in TradeRow.__dataclass_fields__}
    row["t"], row["completed"] = trade.t.isoformat(), trade.completed.isoformat()
    row["cycle"] = list(trade.cycle)
    row["orders"] = [
        {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name in OrderRow.__dataclass_fields__
            if (value := getattr(order, name)) is not None
        }
        for order in trade.orders
    ]
    return row


def _require(holds: bool, words: str) -> None:  # noqa: FBT001 - reads as a sentence at the call
    if not holds:
        raise ReplayError(f"the report contradicts itself: {words}; please report this as a bug")
