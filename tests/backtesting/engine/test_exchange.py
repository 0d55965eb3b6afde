"""The exchange an order at a time: the same fills as the engine's, and refusals like Kraken's."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from backtesting.engine.exchange import OrderRefused
from marketdata.books import BookLevel
from tests.backtesting.engine.replays import exchange, replay
from tests.tapes import MS, book, pairing, top, triangle

if TYPE_CHECKING:
    from backtesting.engine.exchange import Fill, SimulatedExchange
    from backtesting.engine.report import BacktestReport, TradeRow
    from tests.backtesting.engine.twin.market import Event

FEE = 0.001
PAIRINGS = [pairing(symbol, fee=FEE) for symbol in ("BTC/USD", "ETH/BTC", "ETH/USD")]
# 60000 * 0.05 = 3000 USD an ETH; 3040 are bid: 1.33 % over, less three fees of 0.1 %.
EDGE = triangle(eth_usd=(3040.0, 3040.5), quantity=0.001)
# Thin at the touch, so that a leg of 100 USD goes deeper: 0.001 BTC are 60 USD.
DEEP: list[Event] = [
    book("BTC/USD", bids=[(59990.0, 1)], asks=[(60000.0, 0.001), (60001.0, 1)]),
    book("ETH/BTC", bids=[(0.0499, 9)], asks=[(0.05, 0.02), (0.05001, 9)]),
    book("ETH/USD", bids=[(3040.0, 0.02), (3039.0, 9)], asks=[(3050.0, 9)]),
]
LATER: list[Event] = [
    book("BTC/USD", t=15 * MS, bids=[(59990.0, 1)], asks=[(60000.0, 0.0005), (60001.0, 1)]),
    book("ETH/BTC", t=30 * MS, bids=[(0.0499, 9)], asks=[(0.05, 0.005), (0.05001, 9)]),
    book("ETH/USD", t=55 * MS, bids=[(3040.0, 0.01), (3039.0, 0.015)], asks=[(3050.0, 9)]),
]


def by_hand(trade: TradeRow, client: SimulatedExchange, worst: tuple[float, ...]) -> list[Fill]:
    """Send a trade's legs one after another, each with what the one before brought in."""
    fills: list[Fill] = []
    held = trade.capital
    for order, limit in zip(trade.orders[:3], worst, strict=True):
        budget = held / (1 + FEE) if order.side == "buy" else None
        # A buy asks for its budget at the price that the walk expected, a sell for all it has.
        quantity = held if order.ordered is None or order.side == "sell" else order.ordered
        fill = client.send(order.symbol, order.side, quantity, worst_price=limit, budget=budget)
        held = fill.filled if order.side == "buy" else fill.money * (1 - FEE)
        fills.append(fill)
    return fills


def legs(report: BacktestReport) -> list[tuple[Any, ...]]:
    return [
        (order.symbol, order.side, order.filled, order.money, order.fee, order.ratio)
        for order in report.trades[0].orders
        if order.leg in {1, 2, 3}
    ]


@pytest.mark.parametrize(
    ("fill_model", "tape"),
    [("modeled", DEEP), ("replayed", DEEP), ("replayed", DEEP + LATER)],
    ids=["modeled", "replayed", "replayed-later-books"],
)
def test_the_legs_of_a_trade_sent_by_hand_fill_alike(fill_model: str, tape: list[Event]) -> None:
    options: dict[str, Any] = {"pairings": PAIRINGS, "fill_model": fill_model}
    report = replay(tape, **options)
    client = exchange(tape, **options)

    client.advance_to(0)
    fills = by_hand(report.trades[0], client, (60001.0, 0.05001, 3039.0))

    assert [
        (fill.symbol, fill.side, fill.filled, fill.money, fill.fee, fill.ratio) for fill in fills
    ] == legs(report)
    assert [fill.t for fill in fills] == [20 * MS, 40 * MS, 60 * MS]


def test_a_modeled_buy_fills_its_ratio_of_the_quantity() -> None:
    client = exchange([book("BTC/USD", bids=[(59990, 1)], asks=[(60000, 0.5), (61000, 1)])])

    client.advance_to(0)
    fill = client.send("BTC/USD", "buy", 0.01, worst_price=60000.0)

    # r = 1 - 4 / 10000 * 8 = 0.9968: 0.009968 BTC at 60000 are 598.08 USD.
    assert (fill.ordered, fill.filled, fill.ratio) == (0.01, 0.009968, 0.9968)
    assert fill.money == pytest.approx(598.08)
    assert client.balances == {"USD": pytest.approx(1000 - 598.08), "BTC": 0.009968}


@pytest.mark.parametrize("fill_model", ["modeled", "replayed"])
def test_a_buy_spends_no_more_than_the_account_holds(fill_model: str) -> None:
    tape = [top("BTC/USD", 59990.0, 60000.0)]
    client = exchange(
        tape, pairings=[pairing("BTC/USD", fee=FEE)], fill_model=fill_model, slippage_bps=0.0
    )

    client.advance_to(0)
    fill = client.send("BTC/USD", "buy", 5.0, worst_price=60000.0)

    # 1000 / 1.001 = 999.000999 USD buy 0.01665001 BTC in whole lots.
    assert fill.filled == 0.01665001
    assert 0 <= client.balances["USD"] < 0.001


def test_own_fills_deplete_the_levels_under_replayed_fills() -> None:
    client = exchange(
        [book("BTC/USD", bids=[(59990, 1)], asks=[(60000, 0.01), (60010, 1)])],
        fill_model="replayed",
        slippage_bps=0.0,
    )

    client.advance_to(0)
    client.send("BTC/USD", "buy", 0.004, worst_price=60000.0)
    left = client.book("BTC/USD")[1]
    rest = client.send("BTC/USD", "buy", 0.01, worst_price=60000.0)

    assert left == (BookLevel(60000, 0.006), BookLevel(60010, 1))
    assert (rest.filled, rest.ratio) == (0.006, 0.6)
    assert client.book("BTC/USD")[1] == (BookLevel(60010, 1),)


def test_the_book_shows_what_is_recorded_under_modeled_fills() -> None:
    client = exchange([book("BTC/USD", bids=[(59990, 1)], asks=[(60000, 0.01)])])

    client.advance_to(0)
    client.send("BTC/USD", "buy", 0.004, worst_price=60000.0)

    assert client.book("BTC/USD") == ((BookLevel(59990, 1),), (BookLevel(60000, 0.01),))


def test_a_thousand_depleted_levels_find_room() -> None:
    asks = [(60000.0 + step, 0.001) for step in range(1000)]
    client = exchange(
        [book("BTC/USD", bids=[(59990, 1)], asks=asks)],
        balances={"USD": 1e9},
        fill_model="replayed",
        execution_latency_ms=0.0,
    )

    client.advance_to(0)
    fills = [client.send("BTC/USD", "buy", 0.01, worst_price=70000.0) for _ in range(101)]

    # Ten levels an order, a hundred orders; the last finds none.
    assert [fill.filled for fill in fills] == [0.01] * 100 + [0.0]
    assert client.book("BTC/USD")[1] == ()


def test_a_limit_is_worsened_by_the_slippage() -> None:
    tape = [book("BTC/USD", bids=[(60000, 1)], asks=[(60100, 1)])]
    # The bid of 60000 is 10 bps under a limit of 60060.06.
    narrow = exchange(tape, balances={"BTC": 1.0}, fill_model="replayed", slippage_bps=9.0)
    wide = exchange(tape, balances={"BTC": 1.0}, fill_model="replayed", slippage_bps=11.0)

    for client in (narrow, wide):
        client.advance_to(0)

    assert narrow.send("BTC/USD", "sell", 0.5, worst_price=60060.06).filled == 0
    assert wide.send("BTC/USD", "sell", 0.5, worst_price=60060.06).filled == 0.5


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"symbol": "XRP/USD"}, "XRP/USD is not traded here; there are BTC/USD, ETH/USD"),
        ({"symbol": "ETH/USD"}, "no book yet"),
        ({"side": "hold"}, "must be buy or sell"),
        ({"quantity": 0.0009}, "0.0009 BTC is below the minimum 0.001"),
        ({"quantity": 0.0}, "below the minimum"),
        ({"quantity": -1.0}, "quantity is -1.0"),
        ({"quantity": math.nan}, "quantity is nan"),
        ({"quantity": math.inf}, "quantity is inf"),
        ({"worst_price": math.nan}, "worst_price is nan"),
        ({"quantity": 0.001, "worst_price": 4999.0}, "4.999 USD is below the minimum cost 5.0"),
        ({"budget": 4.0}, "4.0 USD is below the minimum cost 5.0"),
        ({"budget": math.nan}, "budget is nan"),
        ({"budget": 999.5}, "insufficient funds: 999.5 USD and fee of 1000.0"),
        ({"side": "sell", "quantity": 0.2}, "insufficient funds: 0.2 BTC of 0.1"),
    ],
)
def test_it_refuses_what_the_exchange_would(order: dict[str, Any], words: str) -> None:
    rules = [
        pairing("BTC/USD", fee=FEE, order_min=0.001, cost_min=5.0),
        pairing("ETH/USD", fee=FEE),
    ]
    tape = [top("BTC/USD", 59990.0, 60000.0), top("ETH/USD", 2999.0, 3000.0, t=10)]
    client = exchange(tape, pairings=rules, balances={"USD": 1000.0, "BTC": 0.1})
    sent: dict[str, Any] = {"symbol": "BTC/USD", "side": "buy", "quantity": 0.01}
    sent |= {"worst_price": 60000.0} | order

    client.advance_to(0)
    with pytest.raises(OrderRefused, match=words):
        client.send(**sent)

    assert client.balances == {"USD": 1000.0, "BTC": 0.1}
    assert client.clock.now == 0


def test_before_its_first_book_a_symbol_shows_no_levels() -> None:
    client = exchange([top("BTC/USD", 59990.0, 60000.0, t=10)])

    assert client.book("BTC/USD") == ((), ())


def test_an_order_meets_the_book_in_force_when_it_arrives() -> None:
    tape = [top("BTC/USD", 59990.0, 60000.0), top("BTC/USD", 60990.0, 61000.0, t=20 * MS)]
    client = exchange(tape, fill_model="replayed")

    client.advance_to(0)
    fill = client.send("BTC/USD", "buy", 0.01, worst_price=60000.0)

    assert (fill.t, fill.filled) == (20 * MS, 0.0)
