"""The laws of the standard's section 11 that hold of one replay: counts, balances, time, edges."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from backtesting.engine.report import trade_as_json
from pairings.cycles import CycleError
from tests.backtesting.engine.replays import engine, exchange, figures, fills, replay
from tests.backtesting.engine.running import EPOCH, prepare
from tests.strategies import ReplayCase, replay_cases
from tests.tapes import MS, book, pairing, top, triangle, triangle_pairings

if TYPE_CHECKING:
    from backtesting.engine.report import BacktestReport
    from tests.backtesting.engine.twin.market import Event

EDGE = (3040.0, 3040.5)
random_cases = given(case=replay_cases())
some = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))


def run(case: ReplayCase, events: list[Event] | None = None) -> BacktestReport:
    return prepare(
        case.events if events is None else events,
        pairings=case.pairings,
        config=case.config,
        balances=case.balances,
    ).run()


@some
@random_cases
def test_law_1_every_opportunity_is_a_trade_or_has_one_miss_reason(case: ReplayCase) -> None:
    report = run(case)

    attempted = report.trades_attempted
    assert report.opportunities_seen == attempted + sum(report.miss_reasons.values())
    assert attempted == report.trades_executed + report.trades_failed + report.trades_missed
    assert report.looks >= report.gross_positive >= report.net_positive
    assert report.episodes <= report.opportunities_seen <= report.looks


@some
@random_cases
def test_law_2_nothing_is_created_or_lost(case: ReplayCase) -> None:
    report = run(case)

    expected: dict[str, float] = defaultdict(float, case.balances)
    crumbs: dict[str, float] = defaultdict(lambda: 1e-8)
    lots = {row["symbol"]: 10.0 ** -row["lot_decimals"] for row in case.pairings}
    for order in (order for trade in report.trades for order in trade.orders):
        base, quote = order.symbol.split("/")
        sign = 1 if order.side == "buy" else -1
        expected[base] += sign * order.filled
        expected[quote] -= sign * order.money + order.fee
        # Cutting to lots forgives a millionth of a lot: an order may take as much too much.
        crumbs[base] += 2e-6 * lots[order.symbol]
        if order.filled:
            crumbs[quote] += 2e-6 * lots[order.symbol] * order.money / order.filled
    for asset in {*expected, *report.ending_balances}:
        held = report.ending_balances.get(asset, 0.0)
        assert held == pytest.approx(expected[asset], rel=1e-9, abs=crumbs[asset])


@pytest.mark.parametrize("fill_model", ["modeled", "replayed"])
@pytest.mark.parametrize("fee", [0.0, 0.0026])
def test_law_2_flat_books_trade_nothing(fill_model: str, fee: float) -> None:
    # 59999.9 * 0.04999 < 2999.0 < 3000.5: every way around loses, at no fee too.
    tape = [event for t in range(200) for event in triangle(t * MS)]

    report = replay(
        tape, pairings=triangle_pairings(fee), fill_model=fill_model, min_profit_threshold=0.0
    )

    assert report.looks == 400
    assert (report.gross_positive, report.opportunities_seen, report.trades_attempted) == (0, 0, 0)
    assert report.ending_balances == {"USD": 1000.0}
    assert (report.realized_pnl_usd, report.max_drawdown_usd, report.fees_paid_usd) == (0, 0, 0)
    assert (report.win_rate, report.fill_rate) == (None, None)


@some
@given(case=replay_cases(), share=st.floats(0, 1))
def test_law_4_what_was_decided_does_not_change_when_the_tape_is_cut(
    case: ReplayCase, share: float
) -> None:
    last = case.events[int(share * (len(case.events) - 1))]["t"]
    cut = [event for event in case.events if event["t"] <= last]

    whole, before = run(case), run(case, cut)

    assert decided(before, last) == decided(whole, last)
    assert before.looks <= whole.looks


@some
@given(case=replay_cases(), other=replay_cases(), share=st.floats(0, 1))
def test_law_4_another_future_does_not_change_the_past(
    case: ReplayCase, other: ReplayCase, share: float
) -> None:
    last = case.events[int(share * (len(case.events) - 1))]["t"]
    future = [
        moved(event, event["t"] % 10**9 + last + 1)
        for event in other.events
        if event["symbol"] in {row["symbol"] for row in case.pairings}
    ]
    assume(future)
    past = [event for event in case.events if event["t"] <= last]

    changed = run(case, past + sorted(future, key=lambda event: event["t"]))

    assert decided(changed, last) == decided(run(case), last)


def moved(event: Event, t: int) -> Event:
    return {**event, "t": t}


def decided(report: BacktestReport, last: int) -> list[Any]:
    """Return what was decided and done up to a time: trades as started, orders worked off."""
    found: list[Any] = []
    for trade in report.trades:
        if (trade.t - EPOCH).total_seconds() * 1e6 <= last + 0.5:
            found.append((trade.n, trade.t, trade.cycle, trade.capital, trade.expected))
            found += [
                asdict(order)
                for order in trade.orders
                if (order.t - EPOCH).total_seconds() * 1e6 <= last + 0.5
            ]
    return found


def test_law_5_a_tape_below_the_threshold_trades_nothing() -> None:
    # 3040 / 3000 is 1.33 % before fees.
    report = replay(triangle(eth_usd=EDGE), min_profit_threshold=0.0134)

    assert (report.gross_positive, report.opportunities_seen) == (1, 0)


@pytest.mark.parametrize(
    ("symbols", "words"),
    [
        (["BTC/USD", "ETH/USD"], "no triangle can be formed of BTC/USD, ETH/USD"),
        (["BTC/EUR", "ETH/BTC", "ETH/EUR"], "holds a start asset"),
    ],
)
def test_law_5_a_tape_without_a_tradable_triangle_is_refused(
    symbols: list[str], words: str
) -> None:
    with pytest.raises(CycleError, match=words):
        engine([top(symbol, 1.0, 2.0) for symbol in symbols])


def test_law_5_a_planted_edge_is_found_at_its_time_with_its_pnl() -> None:
    tape = [event for t in range(10) for event in triangle(t * 100 * MS)]
    tape += [top("ETH/USD", *EDGE, t=1000 * MS), *triangle(2000 * MS)]

    report = replay(tape, fill_model="replayed", slippage_bps=0.0)

    # 100 USD / 60000 = 0.00166666 BTC for 99.9996; / 0.05 = 0.0333332 ETH for all of it;
    # * 3040 = 101.332928 USD, and 0.0004 were not spent.
    (trade,) = report.trades
    assert (trade.t - EPOCH).total_seconds() == 1.0
    assert trade.cycle == ("USD", "BTC", "ETH")
    assert [leg for leg, *_ in fills(trade)] == [1, 2, 3]
    assert [filled for _, filled, *_ in fills(trade)] == [0.00166666, 0.0333332, 0.0333332]
    assert trade.expected == pytest.approx(0.01333328)
    assert report.realized_pnl_usd == pytest.approx(1.333328)
    assert report.opportunities_seen == 1
    assert (report.episodes, report.episode_rows[0].is_censored) == (1, False)


ORDERS = st.lists(
    st.tuples(st.sampled_from(("buy", "sell")), st.floats(0.0001, 0.3)), min_size=1, max_size=8
)


@given(orders=ORDERS, fee=st.floats(0, 0.5), more=st.floats(0, 0.4))
@settings(max_examples=60, deadline=None)
def test_law_7_a_higher_fee_never_raises_what_the_same_fills_make(
    orders: list[tuple[str, float]], fee: float, more: float
) -> None:
    tape = [
        book(
            "BTC/USD",
            bids=[(59990.0, 0.1), (59000.0, 5)],
            asks=[(60000.0, 0.2), (61000.0, 5)],
        )
    ]
    ends, lists = [], []
    for rate in (fee, fee + more):
        client = exchange(
            tape,
            pairings=[pairing("BTC/USD", fee=rate)],
            balances={"USD": 1e9, "BTC": 100.0},
            fill_model="replayed",
            execution_latency_ms=0.0,
        )
        client.advance_to(0)
        done = [
            client.send("BTC/USD", side, quantity, worst_price=61000 if side == "buy" else 59000)
            for side, quantity in orders
        ]
        lists.append([(fill.side, fill.filled, fill.money) for fill in done])
        ends.append(client.balances)

    assert lists[0] == lists[1]
    assert ends[0]["BTC"] == ends[1]["BTC"]
    assert ends[0]["USD"] >= ends[1]["USD"]


def test_a_higher_fee_never_raises_the_pnl_of_a_trade() -> None:
    tape = triangle(eth_usd=EDGE)

    pnl = [
        replay(tape, pairings=triangle_pairings(fee), min_profit_threshold=-0.9).realized_pnl_usd
        for fee in (0.0, 0.001, 0.0026, 0.004, 0.02, 0.1)
    ]

    assert pnl == sorted(pnl, reverse=True)


def test_twenty_runs_give_the_same_json() -> None:
    tape = [
        event
        for t in range(30)
        for event in [*triangle(t * 90 * MS), top("ETH/USD", *EDGE, t=t * 90 * MS + 40 * MS)]
    ]
    options: dict[str, Any] = {"fill_model": "replayed", "latency_jitter_ms": 30.0, "seed": 11}

    reports = [replay(tape, **options) for _ in range(20)]

    assert reports[0].trades_attempted > 5
    assert len({whole_json(report) for report in reports}) == 1
    assert all(figures(report) == figures(reports[0]) for report in reports)


def whole_json(report: BacktestReport) -> str:
    return json.dumps([report.as_json(), *map(trade_as_json, report.trades)], allow_nan=False)
