"""Where it ended, and what was missed."""

from __future__ import annotations

from typing import Any

import pytest

from backtesting.analysis.waterfall import (
    GATE_PARAMETERS,
    MISS_WORDS,
    misses,
    waterfall,
    where_it_ended,
)
from backtesting.engine.kernel import layout
from tests.backtesting.analysis.busy import busy_report

NOTHING: dict[str, Any] = {
    "looks": 1_000_000,
    "gross_positive": 0,
    "net_positive": 0,
    "opportunities_seen": 0,
    "miss_reasons": {},
    "trades_missed": 0,
    "trades_failed": 0,
    "trades_executed": 0,
}


def test_bars_fall_and_keep_small_steps_in_sight() -> None:
    steps = waterfall(busy_report().as_json())

    bars = [step.bar for step in steps]
    assert bars[0] == 100.0
    assert bars == sorted(bars, reverse=True)
    assert steps[-1].count < steps[0].count / 1000
    assert bars[-1] > 10


def test_misses_come_with_their_share_the_commonest_first() -> None:
    report = busy_report().as_json()

    found = misses(report)

    assert [miss.count for miss in found] == sorted(report["miss_reasons"].values(), reverse=True)
    assert (
        sum(miss.count for miss in found) + report["trades_attempted"]
        == (report["opportunities_seen"])
    )
    assert found[0].share == found[0].count / report["opportunities_seen"]


def test_every_gate_has_words_and_says_what_opens_it() -> None:
    assert set(MISS_WORDS) == set(GATE_PARAMETERS) == set(layout.MISS_REASONS)

    (eroded,) = misses({"opportunities_seen": 1, "miss_reasons": {"edge_eroded": 1}})

    assert eroded.parameters == "trade capital, profit threshold"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "1,000,000 came as far as"),
        ({"looks": 0}, "No cycle was ever looked at"),
        (
            {
                "gross_positive": 9,
                "net_positive": 9,
                "opportunities_seen": 9,
                "miss_reasons": {"insufficient_depth": 9},
            },
            "The last 9 were lost here: not enough depth.",
        ),
        (
            {
                "gross_positive": 3,
                "net_positive": 3,
                "opportunities_seen": 3,
                "trades_missed": 3,
            },
            "The last 3 were lost here: trades that missed leg 1.",
        ),
    ],
)
def test_it_is_said_where_the_last_was_lost(change: dict[str, Any], words: str) -> None:
    assert where_it_ended(waterfall({**NOTHING, **change})).startswith(words)


def test_where_something_was_executed_nothing_is_said() -> None:
    assert where_it_ended(waterfall(busy_report().as_json())) == ""
