"""Which sets share a scan: those with the same cycles, fees and marks, and no others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from backtesting.engine.fees import FeeError
from backtesting.search.grid import SweepError
from tests.backtesting.search.rows import FREE, SYMBOLS, edges, plan

CHARGED = replace(FREE, fee_profile=None, fee_rate=0.0001)
EVENTS = edges(2)


@pytest.mark.parametrize(
    "axes",
    [
        {"min_profit_threshold": (0.001, 0.002)},
        {"trade_capital": (1.0, 2.0)},
        {"staleness_threshold_ms": (None, 5.0)},
        {"execution_latency_ms": (2.0, 20.0)},
        {"slippage_bps": (0.0, 4.0)},
        {"fill_model": ("modeled", "replayed")},
        {"max_depth_levels": (1, 10)},
    ],
)
def test_sets_that_see_the_same_looks_share_a_scan(axes: dict[str, Any]) -> None:
    (group,) = plan(EVENTS, **axes).groups

    assert group.indexes == (0, 1)


def test_another_fee_or_universe_takes_a_scan_of_its_own() -> None:
    found = plan(EVENTS, base=CHARGED, trade_capital=(1.0, 2.0), fee_rate=(0.0001, 0.0002))

    assert [group.indexes for group in found.groups] == [(0, 2), (1, 3)]
    rates = [group.fees["BTC/USD"].rate for group in found.groups]
    assert rates == [0.0001, 0.0002]


def test_the_scan_looks_for_the_lowest_threshold_of_its_sets() -> None:
    found = plan(EVENTS, min_profit_threshold=(0.002, 0.0005, 0.001))

    (group,) = found.groups
    lowest = group.plan(found.events.columns, found.inputs.rules).config.min_profit_threshold
    assert lowest == 0.0005


def test_the_order_of_symbols_makes_no_other_universe() -> None:
    found = plan(EVENTS, universe=(SYMBOLS[::-1],))

    assert found.groups[0].universe == frozenset(SYMBOLS)


def test_a_universe_that_holds_no_start_asset_is_refused() -> None:
    with pytest.raises(SweepError, match=r"the universe BTC/USD,ETH/BTC,ETH/USD: .*EUR"):
        plan(EVENTS, base=replace(FREE, start_assets=("EUR",)))


def test_an_unknown_fee_is_refused_with_its_remedy() -> None:
    with pytest.raises(FeeError, match="no fee is known for BTC/USD: set fee_rate"):
        plan(EVENTS, base=replace(FREE, fee_profile=None))
