"""A stored report as the value that the replay had returned."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from backtesting.engine.config import BacktestConfig
from backtesting.engine.fees import FeeRate
from backtesting.engine.report import BacktestReport
from backtesting.engine.tables import ReplayTables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backtesting.models import BacktestJob


def stored_report(job: BacktestJob) -> BacktestReport:
    """Return the report of a completed replay; its trade rows are left in the tables."""
    return read_report(job.report.payload, ReplayTables.unpack(bytes(job.report.tables)))


def read_report(values: Mapping[str, Any], tables: ReplayTables) -> BacktestReport:
    """Return the report of which `as_json` gave these values."""
    known = {name: _tuple_of(value) for name, value in values.items()}
    known["config"] = BacktestConfig.from_values(values["config"])
    known["fee_rates"] = {symbol: FeeRate(**fee) for symbol, fee in values["fee_rates"].items()}
    for name in ("started_at", "finished_at"):
        known[name] = values[name] and datetime.fromisoformat(values[name])
    return BacktestReport(**known, tables=tables)


def _tuple_of(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
