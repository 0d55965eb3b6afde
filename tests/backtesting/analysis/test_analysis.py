"""What is read out of a replay's tables, on vectors whose trades are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backtesting.analysis.breakdown import (
    latency_histogram,
    pnl_by_cycle,
    pnl_by_hour,
    pnl_histogram,
)
from backtesting.analysis.equity import EquityCurve, equity_curve, thin_out
from backtesting.analysis.story import tell_story
from backtesting.analysis.waterfall import waterfall
from tests.backtesting.analysis.busy import busy_report
from tests.backtesting.engine.running import event_store, prepare
from tests.backtesting.engine.vectors import load_vector

VECTORS = Path(__file__).parents[1] / "engine" / "vectors"


def test_equity_ends_at_the_realized_pnl_and_falls_by_the_drawdown() -> None:
    report = busy_report()

    curve = equity_curve(report.tables)

    assert curve.equity[-1] == pytest.approx(report.realized_pnl_usd, abs=1e-12)
    assert curve.drawdown.max() == pytest.approx(report.max_drawdown_usd, abs=1e-12)
    assert np.all(np.diff(curve.time_us) >= 0)


def test_thinning_keeps_the_ends_and_the_extremes() -> None:
    rng = np.random.default_rng(5)
    equity = np.cumsum(rng.normal(size=10_000))
    peak = np.maximum.accumulate(np.maximum(equity, 0))
    curve = EquityCurve(time_us=np.arange(10_000), equity=equity, drawdown=peak - equity)

    thin = thin_out(curve, 400)

    assert len(thin.equity) <= 520
    assert thin.equity[[0, -1]].tolist() == equity[[0, -1]].tolist()
    assert (thin.equity.min(), thin.equity.max()) == (equity.min(), equity.max())
    assert thin.drawdown.max() == curve.drawdown.max()


def test_the_waterfall_loses_nothing_on_its_way() -> None:
    report = busy_report()

    steps = waterfall(report.as_json())

    assert steps[0].count == report.looks
    opportunities = next(step for step in steps if step.key == "opportunities_seen").count
    lost = sum(step.lost for step in steps if step.is_loss)
    assert opportunities - lost == report.trades_executed == steps[-1].count


def test_cycles_and_hours_add_up_to_the_whole() -> None:
    report = busy_report()

    by_cycle, by_hour = pnl_by_cycle(report.tables), pnl_by_hour(report.tables)

    assert sum(row.pnl for row in by_cycle) == pytest.approx(report.realized_pnl_usd, abs=1e-9)
    assert sum(row.trades for row in by_cycle) == report.trades_attempted
    assert sum(row.pnl for row in by_hour) == pytest.approx(report.realized_pnl_usd, abs=1e-9)
    assert [row.pnl for row in by_cycle] == sorted((row.pnl for row in by_cycle), reverse=True)
    assert pnl_histogram(report.tables).counts.sum() == (
        report.trades_executed + report.trades_failed
    )
    assert latency_histogram(report.tables).counts.sum() == report.trades_executed


def test_the_parts_of_a_story_add_up_to_the_pnl() -> None:
    report = busy_report()
    fees = {symbol: fee.rate for symbol, fee in report.fee_rates.items()}

    for trade in report.trades:
        story = tell_story(report.tables, trade.n, fees)

        total = story.expected_pnl + sum(part.amount for part in story.parts)
        assert total == pytest.approx(story.pnl, abs=1e-9)
        assert len(story.orders) == len(trade.orders)


def test_a_story_shows_the_ladder_with_what_was_taken() -> None:
    vector = load_vector(VECTORS / "02-later-books-part-fill")
    engine = prepare(
        vector.events, pairings=vector.pairings, config=vector.config, balances=vector.balances
    )
    tables = engine.run().tables.with_ladders(event_store(vector.events).columns)

    story = tell_story(tables, 1, {"BTC/USD": 0.001, "ETH/BTC": 0.001, "ETH/USD": 0.001})

    leg3 = story.orders[2]
    # ETH/USD at 55 ms: 0.3 and 0.4 lie within the limit, the third level does not.
    assert [(level.price, level.taken) for level in leg3.ladder] == [
        (3561.2, 0.3),
        (3560.1, pytest.approx(0.4)),
        (3558.0, 0.0),
    ]
    assert leg3.achieved_price == pytest.approx((0.3 * 3561.2 + 0.4 * 3560.1) / 0.7)
    assert story.orders[3].leg == 4


def test_a_trade_that_is_not_there_is_named() -> None:
    with pytest.raises(IndexError, match="no trade 999"):
        tell_story(busy_report().tables, 999, {})
