"""The sweep form: what is typed becomes a request, and far too much is counted at once."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from backtesting.forms import SweepForm
from backtesting.forms.sweep_filling import filled_from_sweep, untouched_sweep
from backtesting.search.promotion import PromotionCriteria
from backtesting.sweeps.requests import SweepRequest
from tests.backtesting.sweep_samples import TRIANGLE, sweep_request

VALID = {"balances": "USD=1000", "thetas": "5..20 step 5 bps", "fill_models": ["replayed"]}


def form(*, most_sets: int = 10_000, **typed: Any) -> SweepForm:
    data = {**VALID, **typed}
    return SweepForm(data, recordings=["march"], most_sets=most_sets)


def request_of(**typed: Any) -> SweepRequest:
    filled = form(**typed)
    assert filled.is_valid(), filled.errors
    return filled.sweep_request()


def test_lists_and_ranges_span_the_grid() -> None:
    wanted = request_of(
        capitals="50, 100",
        staleness="none, 100",
        latencies="2, 20, 60",
        slippages="0",
        fill_models=["modeled", "replayed"],
        universes="BTC/USD, ETH/BTC, ETH/USD\n\nBTC/USD SOL/BTC SOL/USD",
    )

    axes = wanted.axes
    assert axes.min_profit_threshold == (0.0005, 0.001, 0.0015, 0.002)
    assert axes.staleness_threshold_ms == (None, 100.0)
    assert axes.universe == (
        TRIANGLE,
        ("BTC/USD", "SOL/BTC", "SOL/USD"),
    )
    assert axes.further == {
        "execution_latency_ms": (2.0, 20.0, 60.0),
        "fill_model": ("modeled", "replayed"),
    }
    # One value is the same for all sets, and no axis.
    assert wanted.replay.config.slippage_bps == 0.0
    assert axes.count == 4 * 2 * 2 * 2 * 3 * 2


def test_what_is_left_empty_is_as_usual() -> None:
    wanted = request_of(thetas="")

    assert wanted == SweepRequest.from_json(wanted.as_json())
    assert wanted.axes.count == 1
    assert wanted.axes.min_profit_threshold == (0.0005,)
    assert wanted.options.train_ratio == 0.7
    assert wanted.options.criteria.min_test_trades == 30


def test_flat_fees_are_an_axis_and_others_are_not() -> None:
    assert request_of(fee="flat", fee_percent="0.1, 0.26").axes.further == {
        "fee_rate": (0.001, 0.0026)
    }
    assert request_of(fee="flat", fee_percent="0.1").replay.config.fee_rate == 0.001
    assert request_of(fee="zero", fee_percent="0.1, 0.26").replay.config.fee_profile == "zero"
    assert "Write the flat fees" in str(form(fee="flat").errors)
    # Not no fee: the account's own, as everywhere.
    assert "A rate of 0 is no flat rate" in str(form(fee="flat", fee_percent="0, 0.1").errors)


def test_how_sets_are_judged_can_be_changed() -> None:
    options = request_of(train_ratio="0.6", folds="4", anchored="on", max_drawdown="3").options

    assert (options.train_ratio, options.folds, options.anchored) == (0.6, 4, True)
    assert options.criteria.max_drawdown == 3.0
    assert form(max_drawdown="3").has_options()
    assert not form(**untouched_sweep()).has_options()


def test_every_limit_of_a_gate_can_be_typed() -> None:
    typed = {found.name: "7" for found in fields(PromotionCriteria)}

    limits = request_of(**typed).options.criteria

    assert {getattr(limits, name) for name in typed} == {7}
    shown = [field.name for field in (*form().ready_limits(), *form().robust_limits())]
    assert shown == list(typed)


def test_too_many_sets_are_refused_at_the_field_that_makes_them() -> None:
    filled = form(capitals="1..1000 step 1", most_sets=100)

    assert not filled.is_valid()
    assert filled.count == 4000
    [words] = filled.errors["capitals"]
    assert "The grid has 4,000 parameter sets, more than the 100 allowed" in words
    assert set(filled.errors) == {"capitals"}


@pytest.mark.usefixtures("counted_only")
def test_a_billion_sets_are_counted_without_making_any() -> None:
    filled = form(
        thetas="0..0.1 step 0.0001", capitals="1..1000 step 1", latencies="1..1000 step 1"
    )

    assert not filled.is_valid()

    assert filled.count == 1001 * 1000 * 1000


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"thetas": "cheap"}, "thetas", "is no number; write values"),
        ({"thetas": "-2"}, "thetas", "must be"),
        ({"capitals": "0"}, "capitals", "must be"),
        ({"latencies": "5, 5"}, "latencies", "5 is there twice"),
        ({"universes": "BTCUSD"}, "universes", "BTCUSD"),
        ({"universes": "A/B, A/B"}, "universes", "names a symbol twice"),
        ({"universes": "A/B, B/C\nB/C A/B"}, "universes", "is there twice"),
        ({"fill_models": []}, "fill_models", "required"),
        ({"train_ratio": "1"}, "train_ratio", "above 0 and below 1"),
        ({"folds": "0"}, "folds", "greater than or equal to 1"),
        ({"win_weight": "inf"}, "win_weight", "a number"),
        ({"balances": "USD=lots"}, "balances", "the balance of USD"),
    ],
)
def test_errors_stand_at_their_field(typed: dict[str, Any], field: str, words: str) -> None:
    filled = form(**typed)

    assert not filled.is_valid()
    assert words in str(filled.errors[field])


def test_a_copied_sweep_asks_for_the_same_again() -> None:
    wanted = sweep_request()
    shown, warnings = filled_from_sweep(wanted, "first")

    filled = SweepForm(shown, recordings=["stress"], most_sets=100)

    assert warnings == []
    assert filled.is_valid(), filled.errors
    assert filled.sweep_request().as_json() == wanted.as_json()


def test_an_axis_that_the_form_has_not_is_named() -> None:
    wanted = sweep_request()
    axes = replace(wanted.axes, further={"max_depth_levels": (5, 10)})

    _, warnings = filled_from_sweep(replace(wanted, axes=axes))

    assert warnings == ["The axis max_depth_levels is not in this form: it takes 10 for all sets."]
