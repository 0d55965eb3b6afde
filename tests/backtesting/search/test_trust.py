"""What a set's trades and neighbors say of it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from backtesting.engine.kernel.layout import TRADE
from backtesting.search.neighbors import agreement
from backtesting.search.trades import NOTHING_SEEN, look_at_trades
from backtesting.search.trust import trust_in
from tests.backtesting.search.rows import NOTHING, summaries


def trades(*rows: tuple[int, float]) -> np.ndarray:
    table = np.zeros(len(rows), TRADE)
    for at, (cycle, pnl) in enumerate(rows):
        table["cycle"][at], table["pnl"][at] = cycle, pnl
    return table


def test_the_shares_say_what_the_pnl_hangs_on() -> None:
    # 20 in all: the best five make 3 * 5 + 2 + 1 = 18, cycle 1 makes 5 + 5 - 1 = 9.
    rows = trades((0, 5.0), (1, 5.0), (1, 5.0), (2, 2.0), (1, -1.0), (0, 1.0), (2, 1.0), (2, 2.0))

    found = look_at_trades(rows, seed=1)

    assert found["best_five_share"] == pytest.approx((5 + 5 + 5 + 2 + 2) / 20)
    assert found["best_cycle_share"] == pytest.approx(9 / 20)


def test_without_a_gain_there_are_no_shares() -> None:
    found = look_at_trades(trades((0, 1.0), (1, -1.0)), seed=1)

    assert math.isnan(found["best_five_share"])
    assert math.isnan(found["best_cycle_share"])
    assert found["low"] == 0.0


def test_neighbors_are_one_step_away_on_one_axis() -> None:
    #   capital      1      2      3
    # theta 0.1    pass    pass   fail
    # theta 0.2    pass    fail   fail
    passes = np.array([True, True, False, True, False, False])

    neighbors, agreeing = agreement([(0.1, 0.2), (1.0, 2.0, 3.0)], passes)

    assert neighbors.tolist() == [2, 3, 2, 2, 3, 2]
    assert agreeing.tolist() == [2, 1, 1, 1, 2, 0]


def test_steps_go_by_value_and_no_limit_is_above_all() -> None:
    # In order of value: 50, 100, None.
    neighbors, agreeing = agreement([(None, 50.0, 100.0)], np.array([True, False, False]))

    assert neighbors.tolist() == [1, 1, 2]
    assert agreeing.tolist() == [0, 0, 1]


def test_words_and_universes_have_no_order() -> None:
    axes = [(("A/B",), ("B/C",)), ("modeled", "replayed"), (1, 2)]

    neighbors, _ = agreement(axes, np.ones(8, np.bool_))

    assert neighbors.tolist() == [1] * 8


def test_an_axis_of_one_value_has_no_neighbors() -> None:
    assert agreement([(0.1,), (1.0,)], np.array([True]))[0].tolist() == [0]


def test_trust_adds_it_up() -> None:
    (test,) = summaries({"executed": 8, "failed": 2, "win_rate": 0.5})
    seen = np.array([look_at_trades(trades((0, 1.0), (0, 2.0)), seed=1)])[0]

    found = trust_in(test, seen, buckets=9, ratios=(0.4, 0.9), neighbors=(4, 3)).as_json()

    assert found["win_rate_bounds"] == pytest.approx([0.26927, 0.73073], abs=5e-5)
    assert found["pnl_bounds"] == [1.5, 1.5]
    assert (found["trades"], found["buckets"], found["neighbors"], found["agreeing"]) == (
        10,
        9,
        4,
        3,
    )
    assert (found["best_five_share"], found["best_cycle_share"]) == (1.0, 1.0)
    assert (found["sharpe"], found["deflated_sharpe"]) == (0.4, 0.9)


def test_what_was_not_measured_is_none() -> None:
    (test,) = summaries({"executed": 0, "failed": 0, "win_rate": NOTHING})
    nothing = np.array([NOTHING_SEEN])[0]

    found = trust_in(test, nothing, buckets=0, ratios=(NOTHING, NOTHING), neighbors=(0, 0))

    assert {name for name, value in found.as_json().items() if value is None} == {
        "pnl_bounds",
        "win_rate_bounds",
        "sharpe",
        "deflated_sharpe",
        "best_five_share",
        "best_cycle_share",
    }
