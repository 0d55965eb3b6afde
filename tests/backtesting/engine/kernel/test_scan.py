"""The hot loop counts what plain Python counts, however the market is shaped and cut."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations, groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from backtesting.engine import engine as engine_module
from backtesting.engine import plan as plan_module
from backtesting.engine.config import BacktestConfig
from backtesting.engine.plan import Plan, build_run, unrolled
from pairings.cycles import CurrencyGraph
from pairings.rules import PairingRules
from tests.backtesting.engine.replays import figures
from tests.backtesting.engine.running import prepare
from tests.strategies import ReplayCase, replay_cases
from tests.tapes import book, columns, pairing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator

    from backtesting.engine.report import BacktestReport
    from pairings.cycles import Cycle
    from tests.backtesting.engine.twin.market import Event, Levels

ASSETS = ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF")
# Three legs cost 14 %: gross edges are common, none is worth a trade.
FEE = 0.05


@dataclass(kw_only=True)
class Market:
    """Pairings by symbol, and the worth of each asset; prices waver about its ratio."""

    symbols: list[str]
    worth: dict[str, float]
    starts: tuple[str, ...]
    late: set[str] = field(default_factory=set)


def complete(size: int) -> Market:
    """Return a market in which every two of `size` assets are joined."""
    assets = ASSETS[:size]
    pairs = [f"{base}/{quote}" for quote, base in combinations(assets, 2)]
    worth = {asset: 2.0**place for place, asset in enumerate(assets)}
    return Market(symbols=pairs, worth=worth, starts=assets)


def hub(spokes: int) -> Market:
    """Return a market in which one pairing is in as many triangles as there are spokes."""
    outer = [f"S{number}" for number in range(spokes)]
    pairs = ["BTC/USD", *(f"{asset}/{quote}" for asset in outer for quote in ("BTC", "USD"))]
    worth = {"USD": 1.0, "BTC": 1024.0} | dict.fromkeys(outer, 8.0)
    return Market(symbols=pairs, worth=worth, starts=("USD",))


def mixed() -> Market:
    """Return a market of triangles and of pairings that are in none, some of them late."""
    market = complete(4)
    market.symbols += ["ZZZ/AAA", "YYY/ZZZ"]
    market.worth |= {"ZZZ": 4.0, "YYY": 16.0}
    market.late = {"CCC/BBB", "DDD/AAA"}
    return market


def random_tape(market: Market, count: int, seed: int, *, one_sided: float = 0.05) -> list[Event]:
    """Return events in ticks of 1 to 5, one symbol perhaps twice in a tick."""
    rng = np.random.default_rng(seed)
    events: list[Event] = []
    t = 0
    while len(events) < count:
        t += 1 + int(rng.integers(50))
        tied = int(rng.choice([1, 2, 3, 4, 5], p=[0.5, 0.25, 0.1, 0.1, 0.05]))
        for symbol in rng.choice(market.symbols, tied):
            if symbol in market.late and len(events) < count // 2:
                continue
            events.append(_random_book(rng, market, str(symbol), t, one_sided))
    return events


def _random_book(rng: Generator, market: Market, symbol: str, t: int, one_sided: float) -> Event:
    base, quote = symbol.split("/")
    mid = market.worth[base] / market.worth[quote]
    # Powers of two times few steps: products of exactly 1 are common, and no edge.
    offset = int(rng.integers(-2, 3)) / 64
    bids: Levels = [(mid * (1 + offset - 1 / 64), 5.0)]
    asks: Levels = [(mid * (1 + offset), 5.0)]
    empty = int(rng.integers(3)) if rng.random() < one_sided else -1
    return book(symbol, t=t, bids=[] if empty in {0, 2} else bids, asks=asks if empty < 1 else [])


def plain_counts(events: Sequence[Event], cycles: Sequence[Cycle], fee: float) -> dict[str, int]:
    """Count looks as section 4 says, a cycle at a time."""
    counts = {"looks": 0, "gross_positive": 0, "net_positive": 0}
    books: dict[str, Event] = {}
    for _, tick in groupby(events, key=lambda event: event["t"]):
        shown = {event["symbol"]: event for event in tick}
        books |= shown
        for cycle in cycles:
            legs = {leg.symbol for leg in cycle.legs}
            if not (legs & shown.keys() and legs <= books.keys()):
                continue
            counts["looks"] += 1
            gross, net = 1.0, 1.0
            for leg in cycle.legs:
                levels = books[leg.symbol]["bids" if leg.side == "sell" else "asks"]
                price = levels[0][0] if levels else None
                if price is None:
                    gross = net = 0.0
                else:
                    gross *= price if leg.side == "sell" else 1 / price
                    net *= price * (1 - fee) if leg.side == "sell" else 1 / (price * (1 + fee))
            counts["gross_positive"] += gross - 1 > 0
            counts["net_positive"] += net - 1 > 0
    return counts


def graph(market: Market) -> CurrencyGraph:
    return CurrencyGraph(PairingRules.from_symbol(symbol) for symbol in market.symbols)


def run_report(market: Market, events: Sequence[Event], fee: float = FEE) -> BacktestReport:
    config = {"start_assets": market.starts, "quote_asset": "AAA", "min_profit_threshold": 1e6}
    rows = [pairing(symbol, fee=fee) for symbol in market.symbols]
    return prepare(events, pairings=rows, config=config, balances={}).run()


MARKETS = {
    "one triangle": complete(3),
    "two a symbol": complete(4),
    "three a symbol": complete(5),
    "four a symbol": complete(6),
    "many of one": hub(20),
    "some late, some in none": mixed(),
}


@pytest.mark.parametrize("fee", [FEE, 0.0])
@pytest.mark.parametrize("name", MARKETS)
def test_it_counts_what_plain_python_counts(name: str, fee: float) -> None:
    market = MARKETS[name]
    events = random_tape(market, 1500, seed=len(name))

    report = run_report(market, events, fee)

    expected = plain_counts(events, graph(market).cycles(market.starts), fee)
    assert {key: getattr(report, key) for key in expected} == expected
    assert expected["gross_positive"] > 50
    assert report.opportunities_seen == 0


@pytest.mark.parametrize("one_sided", [0.0, 0.5])
def test_empty_sides_are_blind_looks(one_sided: float) -> None:
    market = complete(4)
    events = random_tape(market, 1500, seed=5, one_sided=one_sided)

    report = run_report(market, events)

    expected = plain_counts(events, graph(market).cycles(market.starts), FEE)
    assert {key: getattr(report, key) for key in expected} == expected


def test_without_its_table_of_pairs_it_counts_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    market = complete(5)
    events = random_tape(market, 1500, seed=6)
    with_table = run_report(market, events)

    monkeypatch.setattr(plan_module, "_MOST_PAIRED", 0)
    without = run_report(market, events)

    assert figures(without) == figures(with_table)


@pytest.mark.parametrize(
    ("market", "width"),
    [
        (complete(3), 1),
        (complete(4), 2),
        (complete(5), 3),
        (complete(6), 4),
        (hub(2), 2),
        (hub(20), 0),  # 41 pairings, 1.5 triangles each: padding to 20 would cost 13 times as much
    ],
    ids=["3", "4", "5", "6", "hub-2", "hub-20"],
)
def test_the_loop_is_unrolled_where_symbols_are_alike(market: Market, width: int) -> None:
    rules = {symbol: PairingRules.from_symbol(symbol) for symbol in sorted(market.symbols)}
    plan = Plan(
        columns=columns([], list(rules)),
        config=BacktestConfig(fee_profile="zero", start_assets=market.starts),
        cycles=graph(market).cycles(market.starts),
        rules=rules,
        fees=dict.fromkeys(rules, _free()),
        balances={},
    )

    assert len(unrolled(build_run(plan))) == width


def _free() -> Any:
    return type("Fee", (), {"rate": 0.0})()


def run_case(case: ReplayCase) -> dict[str, Any]:
    return figures(
        prepare(
            case.events, pairings=case.pairings, config=case.config, balances=case.balances
        ).run()
    )


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=replay_cases())
def test_no_chunking_changes_a_figure(case: ReplayCase) -> None:
    whole = run_case(case)

    # In events of the hot loop; a tick that is worked off costs 64, so ends a chunk each time.
    for stride in (1, 7, 1000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(engine_module, "_STRIDE", 4 * stride)
            assert run_case(case) == whole


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=replay_cases())
def test_tables_that_have_to_grow_change_no_figure(case: ReplayCase) -> None:
    whole = run_case(case)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_module, "build_run", lambda plan: build_run(plan, room=1))
        assert run_case(case) == whole


def test_a_chunk_never_ends_within_a_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    market = complete(4)
    events = random_tape(market, 600, seed=9)
    ends: list[int] = []
    rows = [pairing(symbol, fee=FEE) for symbol in market.symbols]
    config = {"start_assets": market.starts, "quote_asset": "AAA"}

    monkeypatch.setattr(engine_module, "_STRIDE", 4)
    engine = prepare(events, pairings=rows, config=config, balances={})
    engine.run(lambda done, _: ends.append(done))

    assert ends[-1] == len(events)
    assert ends == sorted(ends)
    assert all(events[end - 1]["t"] < events[end]["t"] for end in ends if 0 < end < len(events))
