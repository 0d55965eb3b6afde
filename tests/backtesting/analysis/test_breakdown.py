"""Histograms: round edges, zero among them, tails that press nothing together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backtesting.analysis.breakdown import latency_histogram, pnl_by_hour, pnl_histogram
from backtesting.engine.kernel import layout
from tests.backtesting.analysis.busy import busy_report
from tests.backtesting.analysis.made import tables_with_pnl


def test_zero_parts_the_gains_from_the_losses() -> None:
    rng = np.random.default_rng(1)

    histogram = pnl_histogram(tables_with_pnl(rng.normal(0.01, 0.3, 5_000)))

    assert 0.0 in histogram.edges.tolist()
    assert histogram.counts.sum() == 5_000
    assert np.all(np.diff(histogram.edges) > 0)


def test_a_few_far_trades_share_a_bar() -> None:
    rng = np.random.default_rng(2)
    values = np.concatenate((rng.normal(0, 1, 2_000), [-1e6, 5e5, 1e6]))

    histogram = pnl_histogram(tables_with_pnl(values))

    assert (histogram.has_low_tail, histogram.has_high_tail) == (True, True)
    assert (histogram.edges[0], histogram.edges[-1]) == (-1e6, 1e6)
    assert np.count_nonzero(histogram.counts) > 10
    assert histogram.counts.sum() == 2_003


@pytest.mark.parametrize("value", [0.0, 1e-9, -3.7, 1e12])
def test_trades_that_are_all_the_same_have_one_bar(value: float) -> None:
    histogram = pnl_histogram(tables_with_pnl(np.full(7, value)))

    assert np.count_nonzero(histogram.counts) == 1
    assert histogram.counts.sum() == 7


def test_no_trade_gives_an_empty_bar_and_no_hour() -> None:
    empty = tables_with_pnl(np.zeros(0))

    assert pnl_histogram(empty).counts.tolist() == [0]
    assert latency_histogram(empty).counts.tolist() == [0]
    assert pnl_by_hour(empty) == ()


def test_missed_trades_have_no_pnl_to_distribute() -> None:
    tables = busy_report().tables
    trades = tables.trades.copy()
    trades["status"] = layout.MISSED

    assert pnl_histogram(replace(tables, trades=trades)).counts.tolist() == [0]


def test_an_hour_without_trades_is_there_with_nothing() -> None:
    tables = tables_with_pnl(np.array([1.0, 2.0]))
    tables.trades["completed"] = [0, 2 * 3_600_000_000 + 5]

    rows = pnl_by_hour(tables)

    assert [(row.trades, row.pnl) for row in rows] == [(1, 1.0), (0, 0.0), (1, 2.0)]
