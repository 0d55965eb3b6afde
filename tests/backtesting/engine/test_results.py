"""The figures of a report are those of its rows, worked out again the slow way."""

from __future__ import annotations

import math
from itertools import accumulate
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from tests.backtesting.engine.replays import replay
from tests.backtesting.engine.running import prepare
from tests.strategies import ReplayCase, replay_cases
from tests.tapes import MS, book, top, triangle, triangle_pairings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backtesting.engine.report import BacktestReport, TradeRow

EDGE = (3040.0, 3040.5)
some = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def run(case: ReplayCase) -> BacktestReport:
    return prepare(
        case.events, pairings=case.pairings, config=case.config, balances=case.balances
    ).run()


@some
@given(case=replay_cases())
def test_money_is_that_of_the_trades(case: ReplayCase) -> None:
    report = run(case)

    pnl = sum(trade.pnl for trade in report.trades)
    assert report.realized_pnl_usd == pytest.approx(pnl, abs=1e-9)
    assert report.fees_paid_usd == pytest.approx(sum(trade.fees for trade in report.trades))
    assert report.residual_value_usd == pytest.approx(
        sum(trade.residual_value for trade in report.trades)
    )
    assert report.unsold_value_usd == pytest.approx(
        sum(trade.unsold_value for trade in report.trades)
    )
    assert report.max_drawdown_usd == pytest.approx(drawdown(report.trades), abs=1e-9)


def drawdown(trades: Sequence[TradeRow]) -> float:
    """Return the deepest fall below the peak, trades in order of (completion, n)."""
    in_order = sorted(trades, key=lambda trade: (trade.completed, trade.n))
    equity = list(accumulate((trade.pnl for trade in in_order), initial=0.0))
    peaks = accumulate(equity, max)
    return max(peak - now for peak, now in zip(peaks, equity, strict=True))


@some
@given(case=replay_cases())
def test_rates_and_latencies_are_those_of_the_rows(case: ReplayCase) -> None:
    report = run(case)

    legs = [order for trade in report.trades for order in trade.orders if order.leg in {1, 2, 3}]
    ratios = [order.ratio for order in legs if order.ratio is not None]
    assert len(ratios) == len(legs)
    assert report.fill_rate == (pytest.approx(sum(ratios) / len(ratios)) if ratios else None)
    taken = sorted(
        (order.t - trade.t).total_seconds() * 1000
        for trade in report.trades
        if trade.status == "executed"
        for order in trade.orders
        if order.leg == 3
    )
    for share, name in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99")):
        got = getattr(report, f"execution_latency_{name}_ms")
        assert got == (pytest.approx(percentile(taken, share)) if taken else None)


def percentile(values: list[float], share: float) -> float:
    """Return the share's quantile of sorted values, interpolated linearly."""
    place = share * (len(values) - 1)
    low, high = values[math.floor(place)], values[math.ceil(place)]
    return low + (high - low) * (place - math.floor(place))


@some
@given(case=replay_cases())
def test_trades_are_counted_by_how_they_ended(case: ReplayCase) -> None:
    report = run(case)

    statuses = [trade.status for trade in report.trades]
    assert [statuses.count(status) for status in ("executed", "failed", "missed")] == [
        report.trades_executed,
        report.trades_failed,
        report.trades_missed,
    ]
    assert [trade.n for trade in report.trades] == list(range(1, len(statuses) + 1))
    assert all(trade.completed >= trade.t for trade in report.trades)
    if report.fill_model == "modeled":
        assert report.trades_unsold == 0
    finished = [trade for trade in report.trades if trade.status != "missed"]
    assert (report.win_rate is None) == (not finished)
    wins = sum(trade.pnl > 0 for trade in finished)
    assert report.win_rate is None or report.win_rate * len(finished) <= wins + 1e-9


def test_drawdown_falls_from_the_peak_that_starts_at_nothing() -> None:
    # The sale finds no bid within its limit, 4 bps under 3040, and 2900 in the close-out.
    tape = [
        *triangle(0, eth_usd=EDGE),
        top("ETH/USD", 2900.0, 2901.0, t=50 * MS),
        *triangle(200 * MS),
        *triangle(300 * MS, eth_usd=EDGE),
        *triangle(500 * MS),
    ]

    report = replay(tape, fill_model="replayed", slippage_bps=0.0)

    # 0.0333332 ETH at 2900 are 96.66628 USD, with 0.0004 unspent; then 101.332928 at 3040.
    first, second = (trade.pnl for trade in report.trades)
    assert first == pytest.approx(96.66628 + 0.0004 - 100)
    assert second == pytest.approx(1.333328)
    assert report.max_drawdown_usd == pytest.approx(-first)
    assert report.win_rate == 0.5


def test_what_is_never_sold_is_no_win_and_named_apart() -> None:
    tape = [
        *triangle(0, eth_usd=EDGE),
        # Nobody bids for ETH when the sale arrives, nor ever after.
        book("ETH/USD", t=50 * MS, asks=[(3040.5, 5.0)]),
        book("ETH/USD", t=900 * MS, asks=[(3040.5, 5.0)]),
    ]

    report = replay(tape, fill_model="replayed")

    # The last bid seen was 3040: 0.0333332 ETH are worth 101.332928.
    assert report.trades_unsold == 1
    assert report.unsold_value_usd == pytest.approx(0.0333332 * 3040)
    assert report.realized_pnl_usd > 0
    assert report.win_rate == 0.0
    assert report.ending_balances["ETH"] == 0.0333332
    assert report.trades[0].completed == report.finished_at


def test_an_account_of_other_assets_is_reported_whole() -> None:
    report = replay(triangle(), balances={"USD": 5.0, "DOGE": 7.0, "BTC": 0.0})

    assert report.ending_balances == {"DOGE": 7.0, "USD": 5.0}


def test_symbols_without_events_are_told() -> None:
    tape = triangle()[:2]

    report = replay(tape, pairings=triangle_pairings(0.0))

    assert report.silent_symbols == ("ETH/USD",)
    assert report.looks == 0
