"""What the charts are sent."""

from __future__ import annotations

import json

import numpy as np
import pytest

from backtesting.analysis.series import SERIES, equity_series, latency_series
from tests.backtesting.analysis.busy import busy_report
from tests.backtesting.analysis.made import tables_with_pnl


@pytest.mark.parametrize("part", SERIES)
def test_a_series_is_plain_json(part: str) -> None:
    report = busy_report()

    text = json.dumps(SERIES[part](report.as_json(), report.tables), allow_nan=False)

    assert json.loads(text)


def test_equity_goes_from_nothing_at_the_first_event_to_the_last() -> None:
    report = busy_report()

    series = equity_series(report.as_json(), report.tables)

    assert report.started_at is not None
    assert report.finished_at is not None
    assert series["time_ms"][0] == report.started_at.timestamp() * 1000
    assert series["time_ms"][-1] >= report.finished_at.timestamp() * 1000
    assert series["equity"][0] == series["drawdown"][0] == 0.0
    assert series["equity"][-1] == pytest.approx(report.realized_pnl_usd)
    assert max(series["drawdown"]) == pytest.approx(report.max_drawdown_usd)
    assert series["time_ms"] == sorted(series["time_ms"])


def test_a_long_curve_is_sent_short_with_its_extremes() -> None:
    pnl = np.random.default_rng(3).normal(size=200_000)
    payload = busy_report().as_json() | {"started_at": None, "finished_at": None}

    series = equity_series(payload, tables_with_pnl(pnl))

    equity = np.cumsum(pnl)
    assert len(series["equity"]) <= 5_000
    assert max(series["equity"]) == pytest.approx(equity.max())
    assert min(series["equity"]) == pytest.approx(equity.min())


def test_percentiles_that_are_equal_share_a_mark() -> None:
    payload = busy_report().as_json() | {
        "execution_latency_p50_ms": 60.0,
        "execution_latency_p95_ms": 60.0,
        "execution_latency_p99_ms": 72.5,
    }

    marks = latency_series(payload, busy_report().tables)["marks"]

    assert marks == [{"at": 60.0, "words": "p50 = p95"}, {"at": 72.5, "words": "p99"}]
