"""Taking from levels: quantities and budgets, limits and depth, own fills; by hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtesting.engine.config import BacktestConfig
from backtesting.engine.kernel.feed import apply_until
from backtesting.engine.kernel.layout import BUY, SELL
from backtesting.engine.kernel.levels import afford, floor_lot, obtain, take
from backtesting.engine.plan import Plan, build_run
from marketdata.books import BookLevel
from pairings.rules import PairingRules
from tests.backtesting.engine import twin
from tests.backtesting.engine.comparison import differences
from tests.backtesting.engine.replays import exchange
from tests.backtesting.engine.running import as_twin, prepare
from tests.tapes import book, columns, pairing, top

if TYPE_CHECKING:
    from backtesting.engine.kernel.layout import Run
    from tests.backtesting.engine.twin.market import Event, Levels

ALL = 1000
NO_LIMIT = {BUY: math.inf, SELL: 0.0}
BIDS: Levels = [(100.0, 1.0), (99.0, 2.0), (98.0, 3.0)]
ASKS: Levels = [(101.0, 1.0), (102.0, 2.0), (104.0, 3.0)]


def run_of(*events: Event) -> Run:
    """Return a run over BTC/USD with the first event's book in force."""
    plan = Plan(
        columns=columns(events),
        config=BacktestConfig(),
        cycles=(),
        rules={"BTC/USD": PairingRules.from_symbol("BTC/USD")},
        fees={},
        balances={},
    )
    run = build_run(plan)
    apply_until(run, 0, events[0]["t"])
    return run


def one_book() -> Run:
    return run_of(book("BTC/USD", bids=BIDS, asks=ASKS))


@pytest.mark.parametrize(
    ("quantity", "decimals", "expected"),
    [
        (1.23456789, 8, 1.23456789),
        (1.234567899, 8, 1.23456789),
        (0.3, 1, 0.3),  # 0.3 * 10 is 3 to the last bit: the millionth of a lot forgives it
        (0.999998, 0, 0.0),
        (0.9999995, 0, 1.0),  # within a millionth of a lot
        (1e-9, 8, 0.0),
        (0.0, 8, 0.0),
        (9.3e10, 8, 9.3e10),  # 9.3e18 lots are more than 63 bits
        (1e15, 8, math.floor(1e15 * 1e8 + 1e-6) / 1e8),
        (10.5, 18, 10.5),
    ],
)
def test_it_cuts_to_whole_lots(quantity: float, decimals: int, expected: float) -> None:
    assert floor_lot(quantity, 10.0**decimals) == expected


@given(st.floats(0, 1e15), st.integers(0, 18))
def test_cutting_to_lots_is_the_formula_of_the_standard(quantity: float, decimals: int) -> None:
    lot = 10.0**decimals

    assert floor_lot(quantity, lot) == math.floor(quantity * lot + 1e-6) / lot


@pytest.mark.parametrize(
    ("side", "want", "limit", "most", "expected"),
    [
        (SELL, 2.5, 0.0, ALL, (2.5, False)),
        (SELL, 6.0, 0.0, ALL, (6.0, False)),
        (SELL, 6.1, 0.0, ALL, (6.0, True)),
        (SELL, 3.5, 0.0, 2, (3.0, True)),
        (SELL, 3.0, 0.0, 2, (3.0, False)),
        (SELL, 3.5, 99.0, ALL, (3.0, True)),
        (SELL, 3.5, 99.5, ALL, (1.0, True)),
        (SELL, 1.0, 100.5, ALL, (0.0, True)),
        (BUY, 3.5, math.inf, ALL, (3.5, False)),
        (BUY, 3.5, 102.0, ALL, (3.0, True)),
        (BUY, 3.5, 101.9, ALL, (1.0, True)),
        # What remains is 6e-13 of what was wanted, or less: none, and all that was wanted is had.
        (SELL, 6.0 + 3e-12, 0.0, ALL, (6.0 + 3e-12, False)),
        (SELL, 6.0 + 3e-11, 0.0, ALL, (6.0, True)),
    ],
)
def test_a_quantity_is_had_from_the_best_level_on(
    side: int, want: float, limit: float, most: int, expected: tuple[float, bool]
) -> None:
    assert obtain(one_book(), 0, side, 0, want, limit, most, False) == expected  # noqa: FBT003


@pytest.mark.parametrize(
    ("budget", "limit", "most", "expected"),
    [
        (50.5, math.inf, ALL, (0.5, False)),
        # 101 * 1 + 102 * 2 + 104 * 0.5 = 357
        (357.0, math.inf, ALL, (3.5, False)),
        # all levels: 101 + 204 + 312 = 617
        (617.0, math.inf, ALL, (6.0, False)),
        (618.0, math.inf, ALL, (6.0, True)),
        (357.0, 102.0, ALL, (3.0, True)),
        (357.0, math.inf, 1, (1.0, True)),
    ],
)
def test_a_budget_buys_from_the_best_level_on(
    budget: float, limit: float, most: int, expected: tuple[float, bool]
) -> None:
    assert afford(one_book(), 0, BUY, 0, budget, limit, most, False) == expected  # noqa: FBT003


@pytest.mark.parametrize(
    ("side", "quantity", "money", "worst"),
    [
        (SELL, 2.5, 100 + 99 * 1.5, 99.0),
        (SELL, 1.0, 100.0, 100.0),
        (SELL, 6.0, 100 + 198 + 294, 98.0),
        (BUY, 3.5, 101 + 204 + 52, 104.0),
        (BUY, 0.25, 25.25, 101.0),
        (BUY, 0.0, 0.0, 0.0),
    ],
)
def test_taking_a_quantity_costs_its_levels(
    side: int, quantity: float, money: float, worst: float
) -> None:
    run = one_book()

    taken = take(run, 0, side, 0, quantity, NO_LIMIT[side], ALL, False, -1)  # noqa: FBT003

    assert taken == (money, worst)
    assert run.symbols[0]["taken"] == -1


def test_what_was_taken_is_missing_and_its_level_no_longer_counted() -> None:
    run = one_book()

    take(run, 0, BUY, 0, 1.5, math.inf, ALL, True, -1)  # noqa: FBT003
    had = obtain(run, 0, BUY, 0, 9.0, math.inf, ALL, True)  # noqa: FBT003
    best = obtain(run, 0, BUY, 0, 9.0, math.inf, 1, True)  # noqa: FBT003

    # 1 of 1 at 101 and 0.5 of 2 at 102: 1.5 and 3 are left, the best level is that at 102.
    assert (had, best) == ((4.5, True), (1.5, True))
    assert obtain(run, 0, BUY, 0, 9.0, math.inf, ALL, False) == (6.0, True)  # noqa: FBT003
    assert obtain(run, 0, SELL, 0, 9.0, 0.0, ALL, True) == (6.0, True)  # noqa: FBT003


def test_a_rest_of_a_trillionth_is_none() -> None:
    run = one_book()

    take(run, 0, BUY, 0, 1.0 - 9e-13, math.inf, ALL, True, -1)  # noqa: FBT003

    assert afford(run, 0, BUY, 0, 102.0, math.inf, 1, True) == (1.0, False)  # noqa: FBT003


SHOWN_AGAIN = book("BTC/USD", t=2, bids=[(59990, 1)], asks=[(60000, 1)])


@pytest.mark.parametrize(
    ("later", "left"),
    [
        ([], 0.6),
        ([book("BTC/USD", t=1, bids=[(59990, 1)], asks=[(60000, 1)])], 0.6),
        ([book("BTC/USD", t=1, asks=[(60000, 1.39)])], 0.99),
        # 1.4 is what it held first and what was taken: someone has filled it up.
        ([book("BTC/USD", t=1, asks=[(60000, 1.4)])], 1.4),
        ([book("BTC/USD", t=1, asks=[(60000, 0.3)])], None),
        ([book("BTC/USD", t=1, asks=[(60000, 0.3)]), SHOWN_AGAIN], 0.6),
        ([book("BTC/USD", t=1, asks=[(60001, 1)]), SHOWN_AGAIN], 1.0),
        ([book("BTC/USD", t=1, bids=[(59990, 1)]), SHOWN_AGAIN], 1.0),
        # Each event of a tick counts, one that is replaced within it too.
        ([book("BTC/USD", t=2, asks=[(60001, 1)]), SHOWN_AGAIN], 1.0),
        ([top("ETH/USD", 1.0, 2.0, t=1), SHOWN_AGAIN], 0.6),
    ],
)
def test_own_fills_deplete_until_the_level_is_gone_or_filled_up(
    later: list[Event], left: float | None
) -> None:
    first = book("BTC/USD", bids=[(59990, 1)], asks=[(60000, 1)])
    client = exchange(
        [first, *later],
        balances={"USD": 1e6},
        fill_model="replayed",
        execution_latency_ms=0.0,
    )
    client.advance_to(0)
    client.send("BTC/USD", "buy", 0.4, worst_price=60000.0)

    client.advance_to(10)

    shown = dict(client.book("BTC/USD")[1])
    assert shown.get(60000) == (None if left is None else pytest.approx(left))


def test_a_second_take_adds_to_the_first() -> None:
    tape = [
        book("BTC/USD", t=t, bids=[(59990, 1)], asks=[(60000, held)])
        for t, held in ((0, 1.0), (1, 1.2), (2, 1.69), (3, 1.7))
    ]
    client = exchange(tape, balances={"USD": 1e6}, fill_model="replayed", execution_latency_ms=0.0)
    left = []

    for t in range(4):
        client.advance_to(t)
        if t < 2:
            client.send("BTC/USD", "buy", 0.4 - 0.1 * t, worst_price=60000.0)
        left.append(client.book("BTC/USD")[1][0].quantity)

    # 0.4, then 0.3 more: 1 - 0.4, 1.2 - 0.7, 1.69 - 0.7; at 1 + 0.7 it has been filled up.
    assert np.allclose(left, [0.6, 0.5, 0.99, 1.7])


def test_levels_taken_of_both_sides_are_told_apart() -> None:
    client = exchange(
        [book("BTC/USD", bids=[(59990, 1)], asks=[(60000, 1)])],
        balances={"USD": 1e6},
        fill_model="replayed",
        execution_latency_ms=0.0,
    )

    client.advance_to(0)
    client.send("BTC/USD", "buy", 0.5, worst_price=60000.0)
    client.send("BTC/USD", "sell", 0.2, worst_price=59990.0)

    assert client.book("BTC/USD") == ((BookLevel(59990, 0.8),), (BookLevel(60000, 0.5),))


@pytest.mark.parametrize("fill_model", ["modeled", "replayed"])
def test_a_trade_of_more_lots_than_64_bits_hold_agrees_with_the_twin(fill_model: str) -> None:
    # 100 USD buy 1e11 PEPE, 1e19 lots of 1e-8; these bring 102 EUR, and so 102 USD.
    events = [
        top("PEPE/USD", 0.9e-9, 1e-9, quantity=1e13),
        top("PEPE/EUR", 1.02e-9, 1.03e-9, quantity=1e13),
        top("EUR/USD", 1.0, 1.01),
    ]
    options: dict[str, Any] = {
        "pairings": [pairing(event["symbol"], fee=0.0) for event in events],
        "config": {"fill_model": fill_model},
        "balances": {"USD": 1000.0},
    }

    want = twin.replay(events, **options)
    got = as_twin(prepare(events, **options).run())

    assert want["trades_executed"] == 1
    assert differences(got, want) == []
