from __future__ import annotations

from tests.backtesting.engine.comparison import differences


def test_floats_within_a_billionth_are_the_same() -> None:
    want = {"realized_pnl_usd": 1000.0, "fees_paid_usd": 0.0, "looks": 3}

    assert differences(want | {"realized_pnl_usd": 1000.0 + 9e-7}, want) == []
    assert differences(want | {"fees_paid_usd": 9e-10}, want) == []
    assert differences(want | {"realized_pnl_usd": 1000.0 + 2e-6}, want) == [
        "realized_pnl_usd is 1000.000002, not 1000.0"
    ]


def test_counts_must_be_equal_however_large() -> None:
    assert differences({"looks": 10**12 + 1}, {"looks": 10**12}) != []


def test_nothing_to_measure_is_not_zero() -> None:
    assert differences({"win_rate": 0.0}, {"win_rate": None}) == ["win_rate is 0.0, not None"]
    assert differences({}, {"win_rate": None}) == ["win_rate is missing; it should be None"]


def test_what_is_zero_may_be_left_out_of_balances_and_miss_reasons() -> None:
    got = {"ending_balances": {"USD": 1.0}, "miss_reasons": {"no_mark": 0}}
    want = {"ending_balances": {"USD": 1.0, "BTC": 0.0}, "miss_reasons": {}}

    assert differences(got, want) == []
    assert differences(got, want | {"miss_reasons": {"no_mark": 1}}) == [
        "miss_reasons[no_mark] is 0, not 1"
    ]


def test_it_names_the_place_within_a_trade() -> None:
    want = {"trades": [{"n": 1, "orders": [{"leg": 1, "t": 5}, {"leg": 2, "t": 6}]}]}
    got = {"trades": [{"n": 1, "orders": [{"leg": 1, "t": 5}, {"leg": 2, "t": 7}]}]}

    assert differences(got, want) == ["trades[1].orders[2].t is 7, not 6"]


def test_a_trade_or_an_order_too_many_is_a_difference() -> None:
    want = {"trades": [{"n": 1, "orders": [{"leg": 1}]}]}
    got = {"trades": [{"n": 1, "orders": [{"leg": 1}, {"leg": 2}]}, {"n": 2, "orders": []}]}

    assert differences(got, want) == [
        "trades: 2 rows, not 1",
        "trades[1].orders: 2 rows, not 1",
    ]


def test_trades_are_compared_where_both_sides_have_them() -> None:
    assert differences({}, {"trades": [{"n": 1, "orders": []}]}) == []


def test_the_order_of_episodes_is_free() -> None:
    first = {"cycle": ["USD", "BTC", "ETH"], "start": 1, "end": 2, "censored": False}
    second = {"cycle": ("USD", "ETH", "BTC"), "start": 1, "end": 3, "censored": True}

    assert differences({"episode_rows": [second, first]}, {"episode_rows": [first, second]}) == []
