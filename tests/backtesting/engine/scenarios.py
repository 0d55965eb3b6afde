"""Hand-made replays of rules that random tapes reach too seldom, to hold both engines to."""

from __future__ import annotations

from tests.strategies import ReplayCase
from tests.tapes import MS, book, pairing, top, triangle, triangle_pairings

EDGE = (3040.0, 3040.5)
BALANCES = {"USD": 1000.0}


def offer_before_leg() -> ReplayCase:
    """Trade 1 still offers its ETH when trade 2's leg 3 arrives with the book it waits for."""
    bid = (3040.0, 0.02)
    return ReplayCase(
        events=[
            *triangle(quantity=50.0)[:2],
            book("ETH/USD", t=0, bids=[bid], asks=[(3040.5, 40)]),
            book("ETH/USD", t=40 * MS, bids=[bid], asks=[(3040.5, 40)]),
            book("ETH/USD", t=50 * MS, asks=[(3040.5, 40)]),
            book("ETH/USD", t=100 * MS, bids=[bid], asks=[(3040.5, 40)]),
        ],
        pairings=[pairing(row["symbol"], order_min=0.0005) for row in triangle_pairings()],
        config={
            "fill_model": "replayed",
            "reentry": "always",
            "trade_capital": 60.0,
            "max_concurrent_trades": 2,
        },
        balances=BALANCES,
    )


def dust_by_own_minimum() -> ReplayCase:
    """Leg 3 leaves 0.4 of 1 ETH: under the run's override, over the pairing's own minimum."""
    return ReplayCase(
        events=[
            *triangle(eth_usd=EDGE, quantity=50.0),
            book("ETH/USD", t=50 * MS, bids=[(3040.0, 0.6), (2900.0, 40)], asks=[(3040.5, 40)]),
        ],
        pairings=triangle_pairings(0.0),
        config={
            "fill_model": "replayed",
            "trade_capital": 3000.0,
            "min_order_size_by_pair": {"ETH/USD": 0.5},
        },
        balances={"USD": 3000.0},
    )


def rest_without_a_bid() -> ReplayCase:
    """BTC/USD shows its first bid after detection, too late to convert the BTC that is left."""
    return ReplayCase(
        events=[
            book("BTC/USD", t=0, asks=[(60000.0, 2)]),
            *triangle(eth_usd=EDGE)[1:],
            top("BTC/USD", 59999.9, 60000.0, t=10 * MS),
        ],
        pairings=triangle_pairings(),
        config={},
        balances=BALANCES,
    )


def rearmed_by_an_older_trade() -> ReplayCase:
    """Trade 1 ends missed while trade 2 on the same cycle is in flight: trade 3 may start."""
    return ReplayCase(
        events=[
            *triangle(eth_usd=EDGE),
            top("ETH/USD", 2999.0, 3000.5, t=100 * MS),
            top("ETH/USD", *EDGE, t=200 * MS),
            # Above leg 1's limit, and still an opportunity.
            top("BTC/USD", 60059.9, 60060.0, t=390 * MS),
            top("BTC/USD", 60059.9, 60060.0, t=401 * MS),
        ],
        pairings=triangle_pairings(),
        config={
            "fill_model": "replayed",
            "execution_latency_ms": 400.0,
            "max_concurrent_trades": 2,
        },
        balances=BALANCES,
    )


def a_fee_at_a_lots_edge() -> ReplayCase:
    """Leg 2 brings 300 * (1 - 0.0026) ETH: a bit below the whole lots that 300 less its fee is."""
    return ReplayCase(
        events=[top("BTC/USD", 299, 300), top("BTC/ETH", 300, 301), top("ETH/USD", 1.1, 1.2)],
        pairings=[
            pairing("BTC/USD", fee=0.0),
            pairing("BTC/ETH", fee=0.0026),
            pairing("ETH/USD", fee=0.0),
        ],
        config={"fill_model": "replayed", "trade_capital": 300.0},
        balances=BALANCES,
    )


SCENARIOS = {
    case.__name__: case
    for case in (
        offer_before_leg,
        dust_by_own_minimum,
        rest_without_a_bid,
        rearmed_by_an_older_trade,
        a_fee_at_a_lots_edge,
    )
}
