"""The grid: its order, its size, and what it refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from backtesting.engine.config import BacktestConfig
from backtesting.search.grid import MAIN_AXES, SweepAxes, SweepError, build_parameter_grid

BASE = BacktestConfig()
ONE = ("BTC/USD", "ETH/BTC", "ETH/USD")
TWO = ("BTC/EUR", "BTC/USD", "EUR/USD")


def axes(**values: Any) -> SweepAxes:
    return replace(SweepAxes.of(BASE), **values)


def test_the_last_axis_of_the_design_varies_fastest() -> None:
    asked = axes(
        min_profit_threshold=(0.001, 0.0005),
        trade_capital=(100.0, 50.0),
        universe=(ONE, TWO),
        staleness_threshold_ms=(None, 100.0),
    )

    grid = build_parameter_grid(asked, BASE)

    order = [tuple(getattr(found, name) for name in MAIN_AXES) for found in grid]
    assert order == list(product((0.001, 0.0005), (100.0, 50.0), (ONE, TWO), (None, 100.0)))


def test_further_axes_vary_faster_still_in_the_order_given() -> None:
    further = {"slippage_bps": (4.0, 8.0), "execution_latency_ms": (2.0, 20.0)}

    grid = build_parameter_grid(axes(trade_capital=(1.0, 2.0), further=further), BASE)

    order = [(found.trade_capital, *found.further.values()) for found in grid]
    assert order == list(product((1.0, 2.0), (4.0, 8.0), (2.0, 20.0)))


def test_without_an_axis_the_grid_is_the_config_itself() -> None:
    (only,) = build_parameter_grid(SweepAxes.of(BASE), BASE)

    assert only.config(BASE) == BASE


def test_axes_come_back_from_json_in_their_order_though_names_are_sorted() -> None:
    # PostgreSQL keeps an object's names in an order of its own.
    asked = axes(
        universe=(None, ONE), further={"slippage_bps": (4.0,), "execution_latency_ms": (2.0, 20.0)}
    )

    stored = json.loads(json.dumps(asked.as_json(), sort_keys=True))

    assert SweepAxes.from_json(stored) == asked
    assert list(SweepAxes.from_json(stored).further) == ["slippage_bps", "execution_latency_ms"]


def test_the_count_is_the_product_of_the_axes() -> None:
    assert axes(trade_capital=(1.0, 2.0, 3.0), further={"seed": (1, 2)}).count == 6


@pytest.mark.usefixtures("counted_only")
def test_a_grid_over_the_limit_is_refused_with_its_count_before_it_is_made() -> None:
    thousand = tuple(range(1, 1001))
    asked = axes(trade_capital=thousand, further={"seed": thousand, "slippage_bps": thousand})

    with pytest.raises(SweepError, match="1,000,000,000 parameter sets, more than the 10,000"):
        build_parameter_grid(asked, BASE, 10_000)


def test_the_values_of_an_axis_are_not_compared_with_one_another() -> None:
    compared = 0

    class Value(float):
        __hash__ = float.__hash__

        def __eq__(self, other: object) -> bool:
            nonlocal compared
            compared += 1
            return float(self) == other

    assert axes(trade_capital=tuple(map(Value, range(1, 2_001)))).count == 2_000

    assert compared <= 2_000  # each with every other would be two million


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"trade_capital": ()}, "trade_capital has no value"),
        ({"min_profit_threshold": (0.001, 0.001)}, "min_profit_threshold has 0.001 twice"),
        ({"staleness_threshold_ms": (None, 5.0, None)}, "staleness_threshold_ms has None twice"),
        ({"universe": (ONE, ())}, "a universe is empty; name its symbols"),
        ({"universe": (ONE, ONE[::-1])}, "ETH/USD,ETH/BTC,BTC/USD is there twice"),
        ({"universe": (("BTC/USD", "BTC/USD"),)}, "names a symbol twice"),
        ({"further": {"speed": (1,)}}, "'speed' is no axis of a sweep; further axes are"),
        ({"further": {"trade_capital": (1,)}}, "'trade_capital' is no axis"),
        ({"further": {"start_assets": (("USD",),)}}, "'start_assets' is no axis"),
        ({"further": {"seed": ([1],)}}, r"seed has \[1\]; a value is a number or a word"),
    ],
)
def test_axes_that_span_no_grid_are_refused(values: dict[str, Any], words: str) -> None:
    with pytest.raises(SweepError, match=words):
        axes(**values)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"min_profit_threshold": (0.001, float("nan"))}, "axis min_profit_threshold: .* nan"),
        ({"trade_capital": (-5.0,)}, "axis trade_capital: .*-5"),
        ({"further": {"max_depth_levels": (0,)}}, "axis max_depth_levels: .* 0"),
        ({"further": {"fill_model": ("modeled", "magic")}}, "axis fill_model: .*'magic'"),
    ],
)
def test_a_value_that_no_replay_takes_is_refused_with_its_axis(
    values: dict[str, Any], words: str
) -> None:
    with pytest.raises(SweepError, match=words):
        build_parameter_grid(axes(**values), BASE)
