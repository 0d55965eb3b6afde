"""Edges that were planted in a synthetic tape are found: all of them, when, and for how much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from backtesting.engine.config import BacktestConfig
from backtesting.engine.engine import BacktestReplayEngine
from backtesting.engine.events import EventStore
from marketdata.moments import to_us
from marketdata.synthetic import make_recording
from pairings.cycles import CurrencyGraph

if TYPE_CHECKING:
    from backtesting.engine.report import BacktestReport
    from marketdata.synthetic import SyntheticTape

CAPITAL = 20.0


@pytest.fixture(scope="module")
def tape() -> SyntheticTape:
    return make_recording("stress", 30_000, seed=3)


def replay(tape: SyntheticTape, **config: Any) -> BacktestReport:
    settings = BacktestConfig.from_values(
        {"fee_profile": "zero", "trade_capital": CAPITAL} | config
    )
    return BacktestReplayEngine(
        settings,
        EventStore(columns=tape.columns(), is_synthetic=True),
        CurrencyGraph(tape.pairings).cycles(settings.starts),
        rules={rules.symbol: rules for rules in tape.pairings},
    ).run()


def test_every_planted_edge_is_an_episode_and_every_episode_was_planted(
    tape: SyntheticTape,
) -> None:
    # No cycle exceeds the limit but where the ledger says so; more than rounding lies between.
    report = replay(
        tape,
        min_profit_threshold=tape.limit_bps * 1e-4 + 1e-9,
        start_assets=["USD", "EUR", "BTC", "ETH", "SOL"],
    )

    found = sorted((to_us(row.start), to_us(row.end), row.cycle) for row in report.episode_rows)
    planted = sorted((row.start_us, row.end_us, row.cycle) for row in tape.ledger)
    assert found == planted
    assert len(planted) > 20


@pytest.mark.parametrize("fill_model", ["modeled", "replayed"])
def test_a_planted_edge_makes_what_the_ledger_says(tape: SyntheticTape, fill_model: str) -> None:
    report = replay(
        tape,
        min_profit_threshold=tape.limit_bps * 1e-4 + 1e-9,
        fill_model=fill_model,
        slippage_bps=0.0,
        execution_latency_ms=0.0,
    )

    trades = {(to_us(trade.t), trade.cycle): trade for trade in report.trades}
    large = [row for row in tape.ledger if row.cycle[0] == "USD" and row.executable > CAPITAL]
    assert len(large) > 5
    for row in large:
        # At once and within the touch: nothing but whole lots comes between edge and P&L.
        trade = trades[row.start_us, row.cycle]
        assert trade.status == "executed"
        assert trade.pnl == pytest.approx(CAPITAL * row.start_gross_bps * 1e-4, abs=0.01)
        assert trade.expected == pytest.approx(row.start_gross_bps * 1e-4, abs=5e-4)


def test_a_fee_above_every_planted_edge_trades_nothing(tape: SyntheticTape) -> None:
    highest = max(row.peak_gross_bps for row in tape.ledger) * 1e-4

    # Three legs at half the highest edge each cost more than any edge.
    report = replay(tape, fee_profile=None, fee_rate=highest / 2, min_profit_threshold=0.0)

    assert report.gross_positive > 0
    assert (report.opportunities_seen, report.trades_attempted) == (0, 0)


def test_a_synthetic_tape_says_so_in_its_report(tape: SyntheticTape) -> None:
    assert replay(tape).is_synthetic


@pytest.mark.slow
def test_the_demos_tape_trades_often_under_both_models_at_the_entry_fee() -> None:
    tape = make_recording("stress")

    for fill_model in ("modeled", "replayed"):
        report = replay(tape, fee_profile="schedule", trade_capital=100.0, fill_model=fill_model)

        assert {fee.rate for fee in report.fee_rates.values()} == {0.004}
        assert report.trades_attempted >= 50
