"""What a trade brought."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from backtesting.analysis.trade_figures import trade_figures
from backtesting.engine.kernel import layout
from tests.backtesting.analysis.busy import busy_report

if TYPE_CHECKING:
    from backtesting.engine.tables import ReplayTables

EXECUTED, FAILED, MISSED = layout.EXECUTED, layout.FAILED, layout.MISSED


def tables_of(*trades: tuple[int, float]) -> ReplayTables:
    tables = busy_report().tables
    rows = np.zeros(len(trades), tables.trades.dtype)
    rows["status"] = [status for status, _ in trades]
    rows["pnl"] = [pnl for _, pnl in trades]
    return replace(tables, trades=rows)


def test_gains_and_losses_are_told_apart_and_what_was_missed_is_left_out() -> None:
    found = trade_figures(
        tables_of((EXECUTED, 3.0), (EXECUTED, 1.0), (FAILED, -2.0), (MISSED, 0.0))
    )

    assert (found.trades, found.gains, found.losses) == (3, 2, 1)
    assert found.mean == pytest.approx(2 / 3)
    assert (found.best, found.worst) == (3.0, -2.0)
    assert (found.mean_gain, found.mean_loss) == (2.0, -2.0)
    assert found.profit_factor == 2.0  # 4 gained, 2 lost


def test_where_nothing_was_lost_there_is_no_profit_factor() -> None:
    assert trade_figures(tables_of((EXECUTED, 3.0))).profit_factor is None
    assert trade_figures(tables_of((EXECUTED, 3.0))).mean_loss is None


def test_without_a_trade_there_is_nothing_to_measure() -> None:
    found = trade_figures(tables_of((MISSED, 0.0)))

    assert found.trades == 0
    assert (found.mean, found.best, found.worst) == (None, None, None)
    assert (found.mean_gain, found.mean_loss, found.profit_factor) == (None, None, None)


def test_they_agree_with_the_report() -> None:
    report = busy_report()

    found = trade_figures(report.tables)

    assert found.trades == report.trades_executed + report.trades_failed
    assert found.mean is not None
    assert found.mean * found.trades == pytest.approx(report.realized_pnl_usd)
