from __future__ import annotations

import subprocess
import sys
from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pairings.cycles import CurrencyGraph, CycleError, Leg
from pairings.kraken import read_rules_file
from pairings.rules import PairingRules
from tests.pairings.captures import capture

if TYPE_CHECKING:
    from collections.abc import Sequence


def graph(*symbols: str) -> CurrencyGraph:
    return CurrencyGraph(PairingRules.from_symbol(symbol) for symbol in symbols)


def paths(found: CurrencyGraph, *start_assets: str) -> list[str]:
    return [str(cycle) for cycle in found.cycles(start_assets)]


def test_a_triangle_gives_its_two_directions_in_canonical_order() -> None:
    found = graph("ETH/USD", "BTC/USD", "ETH/BTC").cycles(["USD"])

    assert [str(cycle) for cycle in found] == [
        "USD -> BTC -> ETH -> USD",
        "USD -> ETH -> BTC -> USD",
    ]
    assert [cycle.assets for cycle in found] == [("USD", "BTC", "ETH"), ("USD", "ETH", "BTC")]


def test_a_leg_sells_its_base_and_buys_with_its_quote() -> None:
    forward, backward = graph("ETH/USD", "BTC/USD", "ETH/BTC").cycles(["USD"])

    assert forward.legs == (
        Leg("BTC/USD", "buy", "USD", "BTC"),
        Leg("ETH/BTC", "buy", "BTC", "ETH"),
        Leg("ETH/USD", "sell", "ETH", "USD"),
    )
    assert backward.legs == (
        Leg("ETH/USD", "buy", "USD", "ETH"),
        Leg("ETH/BTC", "sell", "ETH", "BTC"),
        Leg("BTC/USD", "sell", "BTC", "USD"),
    )


def test_the_graph_knows_its_assets_symbols_and_triangles_sorted() -> None:
    found = graph("SOL/USD", "ETH/USD", "BTC/USD", "ETH/BTC", "SOL/BTC", "DOGE/EUR")

    assert found.assets == ("BTC", "DOGE", "ETH", "EUR", "SOL", "USD")
    assert found.symbols == ("BTC/USD", "DOGE/EUR", "ETH/BTC", "ETH/USD", "SOL/BTC", "SOL/USD")
    assert found.triangles() == (("BTC", "ETH", "USD"), ("BTC", "SOL", "USD"))


def test_a_triangle_starts_from_the_first_start_asset_it_holds() -> None:
    found = graph("BTC/USD", "ETH/USD", "ETH/BTC", "BTC/EUR", "ETH/EUR")

    assert paths(found, "USD", "BTC") == [
        "BTC -> ETH -> EUR -> BTC",
        "BTC -> EUR -> ETH -> BTC",
        "USD -> BTC -> ETH -> USD",
        "USD -> ETH -> BTC -> USD",
    ]
    assert {path[:3] for path in paths(found, "BTC", "USD")} == {"BTC"}


def test_a_triangle_without_a_start_asset_is_not_traded() -> None:
    found = graph("BTC/USD", "ETH/USD", "ETH/BTC", "BTC/EUR", "ETH/EUR")

    assert paths(found, "EUR") == ["EUR -> BTC -> ETH -> EUR", "EUR -> ETH -> BTC -> EUR"]


def test_two_pairings_of_the_same_two_assets_are_refused_naming_both() -> None:
    with pytest.raises(CycleError, match="BTC/USD and USD/BTC join the same two assets"):
        graph("BTC/USD", "ETH/USD", "USD/BTC")


def test_symbols_that_form_no_triangle_are_refused_naming_them() -> None:
    found = graph("BTC/USD", "ETH/USD", "DOGE/EUR")

    with pytest.raises(
        CycleError, match="no triangle can be formed of BTC/USD, DOGE/EUR, ETH/USD;"
    ):
        found.cycles(["USD"])


def test_no_symbols_at_all_form_no_triangle() -> None:
    with pytest.raises(CycleError, match="no triangle can be formed of nothing"):
        graph().cycles(["USD"])


def test_triangles_without_any_start_asset_are_refused_naming_what_could_be_one() -> None:
    found = graph("BTC/USDT", "ETH/USDT", "ETH/BTC")

    with pytest.raises(CycleError, match=r"none of the 1 triangles.*\(USD, EUR\).*BTC, ETH, USDT"):
        found.cycles(["USD", "EUR"])


def test_a_refusal_of_many_symbols_stays_short() -> None:
    found = graph(*(f"A{number:04}/USD" for number in range(5000)))

    with pytest.raises(CycleError, match="A0009/USD and 4990 more"):
        found.cycles(["USD"])


ASSETS = ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF")
EDGES = st.lists(st.sampled_from(list(combinations(ASSETS, 2))), unique=True)


@settings(deadline=None)
@given(edges=EDGES, turned=st.sets(st.integers(0, 14)), starts=st.permutations(ASSETS))
def test_it_agrees_with_trying_every_three_assets(
    edges: list[tuple[str, str]], turned: set[int], starts: Sequence[str]
) -> None:
    symbols = [f"{b}/{a}" if place in turned else f"{a}/{b}" for place, (a, b) in enumerate(edges)]
    joined = {frozenset(edge) for edge in edges}
    start_assets = starts[:3]
    expected = sorted(
        (start, *order)
        for three in combinations(ASSETS, 3)
        if all(frozenset(edge) in joined for edge in combinations(three, 2))
        for start in [next((asset for asset in start_assets if asset in three), None)]
        if start
        for rest in [[asset for asset in three if asset != start]]
        for order in (rest, rest[::-1])
    )

    try:
        found = graph(*symbols).cycles(start_assets)
    except CycleError:
        found = ()

    assert [cycle.assets for cycle in found] == expected
    for cycle in found:
        for leg, target in zip(cycle.legs, (*cycle.assets[1:], cycle.assets[0]), strict=True):
            sides = (leg.source, leg.target) if leg.side == "sell" else (leg.target, leg.source)
            assert leg.symbol == "/".join(sides)
            assert leg.target == target


def test_krakens_pairings_of_2021_form_584_triangles() -> None:
    rules = read_rules_file(capture("http_assetpairs_2021.txt"))

    found = CurrencyGraph(rules.values())
    triangles = found.triangles()
    cycles = found.cycles(found.assets)

    assert len(rules) == 293
    assert len(triangles) == 584
    assert len(cycles) == 1168
    assert [cycle.assets for cycle in cycles] == sorted(cycle.assets for cycle in cycles)


@pytest.mark.timeout(60)  # milliseconds; every three of 5,000 assets are twenty billion
def test_only_assets_that_are_joined_are_looked_at() -> None:
    quoted_in_usd = [f"A{number}/USD" for number in range(5_000)]

    found = graph(*quoted_in_usd, "A1/A2").cycles(["USD"])

    assert [cycle.assets for cycle in found] == [("USD", "A1", "A2"), ("USD", "A2", "A1")]


def test_it_loads_without_django() -> None:
    code = "import sys, pairings.cycles, pairings.kraken; sys.exit('django' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], check=False)

    assert done.returncode == 0
