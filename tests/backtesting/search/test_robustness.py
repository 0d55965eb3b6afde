"""`robust`: what it asks beyond `promotion_ready`, and what it says where too little happened."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backtesting.search.promotion import PromotionCriteria
from backtesting.search.robustness import (
    Evidence,
    TrialHistory,
    failed_robust_gates,
    measure_luck,
)
from backtesting.search.sharpe import expected_best

GOOD = Evidence(
    is_ready=True,
    fill_model="replayed",
    test_trades=30,
    active_buckets=30,
    pnl_bound=0.001,
    deflated=0.95,
    overfitting=0.2,
)
DEFAULT = PromotionCriteria()


def failed(criteria: PromotionCriteria = DEFAULT, **change: Any) -> list[tuple[str, str]]:
    gates = failed_robust_gates(replace(GOOD, **change), criteria)
    return [(gate.gate, gate.reason) for gate in gates]


def test_at_its_limits_a_set_is_robust() -> None:
    assert failed() == []


@pytest.mark.parametrize(
    ("change", "gate"),
    [
        ({"is_ready": False}, "promotion_ready"),
        ({"fill_model": "modeled"}, "fill_model"),
        ({"pnl_bound": 0.0}, "pnl_bound"),  # above 0, not at 0
        ({"deflated": 0.9499}, "deflated_sharpe"),
        ({"overfitting": 0.2001}, "overfitting"),
    ],
)
def test_each_gate_fails_by_itself(change: dict[str, Any], gate: str) -> None:
    assert failed(**change) == [(gate, "")]


@pytest.mark.parametrize(
    ("change", "gates"),
    [
        ({"test_trades": 29}, ["test_trades"]),
        ({"active_buckets": 29}, ["test_buckets"]),
        ({"test_trades": 0, "active_buckets": 0, "pnl_bound": math.nan}, None),
    ],
)
def test_too_few_trades_or_buckets_are_insufficient(
    change: dict[str, Any], gates: list[str] | None
) -> None:
    found = failed(**change)

    assert [reason for _, reason in found] == ["insufficient"] * len(found)
    assert [gate for gate, _ in found] == (gates or ["test_trades", "test_buckets"])


@pytest.mark.parametrize("change", [{"deflated": math.nan}, {"overfitting": None}])
def test_what_cannot_be_measured_does_not_pass(change: dict[str, Any]) -> None:
    ((_, reason),) = failed(**change)

    assert reason == "too little to measure"


def test_limits_can_be_set() -> None:
    relaxed = PromotionCriteria(min_test_trades=5, min_test_buckets=5, max_overfitting=0.6)

    assert failed(relaxed, test_trades=5, active_buckets=5, overfitting=0.5) == []


def luck_of(history: TrialHistory) -> Any:
    rng = np.random.default_rng(1)
    train, test = rng.standard_normal((2, 5, 240))
    train[:, 168:], test[:, :168] = 0.0, 0.0
    return measure_luck(train, test, np.full(5, 72), 168, history), test[:, 168:]


def test_the_hurdle_is_what_the_best_of_all_trials_would_reach() -> None:
    luck, test = luck_of(TrialHistory())

    ratios = test.mean(axis=1) / test.std(axis=1, ddof=1)
    assert luck.trials == 5
    assert luck.sharpe == pytest.approx(ratios)
    assert luck.hurdle == pytest.approx(expected_best(5, ratios.var(ddof=1)))


def test_earlier_trials_on_the_data_raise_the_hurdle() -> None:
    alone, _ = luck_of(TrialHistory())
    after, _ = luck_of(TrialHistory(trials=995, sharpe=np.array([0.5, -0.5, math.nan])))

    assert after.trials == 1000
    assert after.hurdle > alone.hurdle
    assert (after.deflated < alone.deflated).all()
