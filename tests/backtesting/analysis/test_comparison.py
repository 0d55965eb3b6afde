"""Reports side by side."""

from __future__ import annotations

from typing import Any

from backtesting.analysis.comparison import data_rows, figure_rows, parameter_rows, warnings
from tests.backtesting.analysis.busy import busy_report


def report(**changes: Any) -> dict[str, Any]:
    values = busy_report().as_json()
    config = {**values["config"], **changes.pop("config", {})}
    return {**values, "config": config, **changes}


def test_the_best_is_marked_both_where_more_and_where_less_is_better() -> None:
    rows = figure_rows(
        [
            report(realized_pnl_usd=1.0, max_drawdown_usd=0.5, win_rate=None),
            report(realized_pnl_usd=2.0, max_drawdown_usd=0.7, win_rate=0.5),
        ]
    )

    best = {row.words: [cell.is_best for cell in row.cells] for row in rows}
    assert best["P&L"] == [False, True]
    assert best["Max drawdown"] == [True, False]
    assert best["Win rate"] == [False, False]
    assert best["Trades started"] == [False, False]


def test_amounts_in_different_assets_have_no_best() -> None:
    reports = [
        report(realized_pnl_usd=1.0),
        report(realized_pnl_usd=2.0, config={"quote_asset": "EUR"}),
    ]

    pnl = figure_rows(reports)[0]

    assert not any(cell.is_best for cell in pnl.cells)
    assert "different assets" in warnings(reports)[0]


def test_under_other_fills_or_without_a_trade_nothing_is_best() -> None:
    two_models = figure_rows(
        [report(realized_pnl_usd=1.0), report(realized_pnl_usd=2.0, fill_model="modeled")]
    )
    idle = figure_rows(
        [
            report(max_drawdown_usd=0.0, trades_attempted=0),
            report(max_drawdown_usd=0.5),
            report(max_drawdown_usd=0.7),
        ]
    )

    assert not any(cell.is_best for row in two_models for cell in row.cells)
    drawdown = next(row for row in idle if row.words == "Max drawdown")
    assert [cell.is_best for cell in drawdown.cells] == [False, True, False]


def test_what_differs_comes_first() -> None:
    reports = [report(), report(config={"slippage_bps": 9.0})]

    rows = parameter_rows([{"balances": None}, {"balances": {"USD": 5}}], reports)

    assert [row.name for row in rows if row.differs] == ["balances", "slippage_bps"]
    assert [row.differs for row in rows[:3]] == [True, True, False]


def test_other_data_is_warned_of() -> None:
    reports = [report(data_fingerprint="a"), report(data_fingerprint="b")]

    assert [row.name for row in data_rows(reports) if row.differs] == ["data_fingerprint"]
    assert "did not replay the same data" in warnings(reports)[0]
    assert warnings([reports[0], reports[0]]) == ()
