"""A report that contradicts itself is never shown or stored; as JSON it is plain values."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from backtesting.engine.report import ReplayError, trade_as_json
from tests.backtesting.engine.replays import engine, replay
from tests.tapes import MS, top, triangle

if TYPE_CHECKING:
    from backtesting.engine.report import BacktestReport

EDGE = (3040.0, 3040.5)


@pytest.fixture(scope="module")
def report() -> BacktestReport:
    """Two trades that are executed, and one opportunity missed."""
    tape = [
        *triangle(eth_usd=EDGE),
        top("ETH/USD", 3041.0, 3041.5, t=1),
        top("ETH/USD", 2999.0, 3000.5, t=100 * MS),
        top("ETH/USD", *EDGE, t=200 * MS),
    ]
    return replay(tape)


def test_it_counts_two_trades_and_one_miss(report: BacktestReport) -> None:
    assert (report.opportunities_seen, report.trades_attempted) == (3, 2)
    assert report.miss_reasons == {"not_rearmed": 1}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"opportunities_seen": 4}, "4 opportunities are not 2 trades and 1 misses"),
        ({"miss_reasons": {}}, "3 opportunities are not 2 trades and 0 misses"),
        ({"trades_executed": 1}, "2 trades were started and 1 ended"),
        ({"trades_failed": 1}, "2 trades were started and 3 ended"),
        ({"win_rate": 1.1}, "win_rate is 1.1"),
        ({"win_rate": -0.1}, "win_rate is -0.1"),
        ({"win_rate": math.nan}, "win_rate is nan"),
        ({"fill_rate": 1.1}, "fill_rate is 1.1"),
        ({"max_drawdown_usd": -0.01}, "max_drawdown_usd is -0.01"),
        ({"max_drawdown_usd": math.nan}, "max_drawdown_usd is nan"),
        ({"realized_pnl_usd": math.inf}, "realized_pnl_usd is inf"),
        ({"fees_paid_usd": math.nan}, "fees_paid_usd is nan"),
        ({"residual_value_usd": math.nan}, "residual_value_usd is nan"),
        ({"unsold_value_usd": -math.inf}, "unsold_value_usd is -inf"),
        ({"ending_balances": {"USD": math.nan}}, "nan USD are left"),
        ({"execution_latency_p50_ms": 61.0}, "latencies of 61.0, 60.0 and 60.0 ms do not rise"),
        ({"execution_latency_p99_ms": 59.0}, "latencies of 60.0, 60.0 and 59.0 ms do not rise"),
        ({"execution_latency_p99_ms": math.inf}, "do not rise"),
        ({"execution_latency_p50_ms": math.nan}, "do not rise"),
        ({"execution_latency_p50_ms": None}, "latencies are None, 60.0 and 60.0"),
    ],
)
def test_a_contradiction_is_an_error(
    report: BacktestReport, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(ReplayError, match="the report contradicts itself") as refused:
        replace(report, **change)

    assert words in str(refused.value)


def test_its_json_is_strict_and_leaves_out_the_rows(report: BacktestReport) -> None:
    values = json.loads(json.dumps(report.as_json(), allow_nan=False))

    assert values["started_at"] == "1970-01-01T00:00:00+00:00"
    assert values["finished_at"] == "1970-01-01T00:00:00.200000+00:00"
    assert values["fee_rates"]["BTC/USD"] == {"rate": 0.0, "source": "schedule"}
    assert values["config"]["trade_capital"] == 100.0
    assert not {"trades", "episode_rows", "tables"} & values.keys()


def test_nothing_measured_is_null_in_json() -> None:
    values = replay(triangle()).as_json()

    assert [values[name] for name in ("win_rate", "fill_rate", "execution_latency_p50_ms")] == [
        None,
        None,
        None,
    ]
    assert values["miss_reasons"] == {}
    assert values["realized_pnl_usd"] == 0.0


def test_an_order_that_has_no_ratio_leaves_it_out(report: BacktestReport) -> None:
    orders = trade_as_json(report.trades[0])["orders"]

    assert [order["leg"] for order in orders] == [1, 2, 3, "conversion", "conversion"]
    assert [("ratio" in order, "ordered" in order) for order in orders] == [
        (True, True),
        (True, True),
        (True, True),
        (False, False),
        (False, False),
    ]


def test_a_trade_row_is_json(report: BacktestReport) -> None:
    row = json.loads(json.dumps(trade_as_json(report.trades[1]), allow_nan=False))

    assert (row["n"], row["status"]) == (2, "executed")
    assert row["cycle"] == ["USD", "BTC", "ETH"]
    assert row["t"] == "1970-01-01T00:00:00.200000+00:00"
    assert row["completed"] == "1970-01-01T00:00:00.260000+00:00"


def test_rows_are_a_sequence_made_on_demand(report: BacktestReport) -> None:
    assert len(report.trades) == 2
    assert [row.n for row in report.trades] == [1, 2]
    assert report.trades[-1] == report.trades[1]
    assert report.trades[:1] == (report.trades[0],)
    with pytest.raises(IndexError):
        report.trades[2]


def test_an_episode_that_the_data_cut_off_is_marked(report: BacktestReport) -> None:
    assert report.episodes == 2
    assert [row.is_censored for row in report.episode_rows] == [False, True]
    assert [row.end for row in report.episode_rows][1] == report.finished_at


def test_what_a_progress_callback_raises_ends_the_replay() -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt(f"{done} of {total}")

    with pytest.raises(KeyboardInterrupt, match="of 3"):
        engine(triangle()).run(stop)


@pytest.mark.parametrize("balances", [{"USD": math.nan}, {"USD": -1.0}])
def test_a_balance_that_is_none_is_refused_before_the_replay(balances: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="the balance of USD is"):
        engine(triangle(), balances=balances)
