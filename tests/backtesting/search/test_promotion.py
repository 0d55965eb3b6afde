"""`promotion_ready`: five gates, and nothing passes by accident."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from backtesting.search.promotion import PromotionCriteria, are_ready, failed_gates
from tests.backtesting.search.rows import NOTHING, summaries

DEFAULT = PromotionCriteria()


def failed(gap: float = 0.1, criteria: PromotionCriteria = DEFAULT, **row: float) -> list[str]:
    (test,) = summaries(row)
    return [gate.gate for gate in failed_gates(test, gap, criteria)]


def test_a_good_set_fails_nothing() -> None:
    assert failed() == []


@pytest.mark.parametrize(
    ("row", "gate"),
    [
        ({"pnl": 0.0}, "test_pnl"),  # above 0, not at 0
        ({"win_rate": 0.4999}, "win_rate"),
        ({"fill_rate": 0.8999}, "fill_rate"),
        ({"drawdown": 25.0001}, "max_drawdown"),
        ({"gap": 0.5001}, "generalization_gap"),
    ],
)
def test_each_gate_fails_by_itself(row: dict[str, Any], gate: str) -> None:
    assert failed(**row) == [gate]


def test_limits_themselves_pass() -> None:
    assert failed(gap=0.5, win_rate=0.5, fill_rate=0.9, drawdown=25.0) == []


def test_a_set_without_trades_fails_what_it_has_not() -> None:
    assert failed(gap=math.nan, pnl=0.0, win_rate=NOTHING, fill_rate=NOTHING) == [
        "test_pnl",
        "win_rate",
        "fill_rate",
        "generalization_gap",
    ]


def test_two_scores_below_zero_fail_by_their_gap_though_they_are_equal() -> None:
    (row,) = summaries({})

    (gate,) = failed_gates(row, math.nan, DEFAULT)

    assert gate.as_json() == {
        "gate": "generalization_gap",
        "value": None,
        "limit": 0.5,
        "reason": "neither score is above 0",
    }


def test_a_failed_gate_is_listed_with_value_and_limit() -> None:
    (row,) = summaries({"drawdown": 30.0})

    (gate,) = failed_gates(row, 0.1, DEFAULT)

    assert gate.as_json() == {"gate": "max_drawdown", "value": 30.0, "limit": 25.0}


def test_limits_can_be_set() -> None:
    strict: Any = {"min_test_pnl": 2.0, "max_drawdown": 1.0}

    assert failed(criteria=PromotionCriteria(**strict), drawdown=1.5) == [
        "test_pnl",
        "max_drawdown",
    ]


def test_many_sets_are_judged_as_one_is() -> None:
    rng = np.random.default_rng(5)
    rates = (0.0, 0.5, 0.9, 1.0, NOTHING)
    rows = summaries(
        *(
            {
                "pnl": rng.choice((-1.0, 0.0, 1.0)),
                "win_rate": rng.choice(rates),
                "fill_rate": rng.choice(rates),
                "drawdown": rng.choice((0.0, 25.0, 26.0)),
            }
            for _ in range(300)
        )
    )
    gaps = rng.choice((0.0, 0.5, 0.6, math.nan), 300)

    ready = are_ready(rows, gaps, DEFAULT)

    one_by_one = [not failed_gates(row, gap, DEFAULT) for row, gap in zip(rows, gaps, strict=True)]
    assert ready.tolist() == one_by_one
    assert 0 < sum(one_by_one) < 300
