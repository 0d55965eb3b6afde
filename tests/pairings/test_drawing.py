"""Triangles and the drawing of the graph, without a database."""

from __future__ import annotations

from pairings.drawing import MOST_DRAWN, draw_graph, form_together
from pairings.rules import PairingRules


def rules(*symbols: str) -> list[PairingRules]:
    return [PairingRules.from_symbol(symbol) for symbol in symbols]


def test_nothing_forms_nothing() -> None:
    together = form_together([])

    assert (together.pairings, together.assets, together.triangles) == (0, 0, ())
    assert draw_graph([])["nodes"] == []


def test_each_symbol_knows_of_how_many_triangles_it_is_a_side() -> None:
    # USD-BTC-ETH and USD-BTC-EUR share BTC/USD; nothing closes SOL/USD.
    together = form_together(
        rules("BTC/USD", "ETH/USD", "ETH/BTC", "BTC/EUR", "EUR/USD", "SOL/USD")
    )

    assert len(together.triangles) == 2
    assert together.sides == {
        "BTC/USD": 2,
        "ETH/USD": 1,
        "ETH/BTC": 1,
        "BTC/EUR": 1,
        "EUR/USD": 1,
        "SOL/USD": 0,
    }
    assert together.idle() == ["SOL/USD"]


def test_two_pairings_of_the_same_assets_are_a_conflict_that_is_named() -> None:
    together = form_together(rules("BTC/USD", "USD/BTC"))

    assert "BTC/USD and USD/BTC" in together.conflict
    assert together.triangles == ()


def test_a_large_market_is_drawn_by_its_pairings_of_most_triangles() -> None:
    many = rules(*(f"A{number}/USD" for number in range(300)), "A1/EUR", "EUR/USD")

    graph = draw_graph(many)

    assert graph["pairings"] == 302
    assert graph["drawn"] == MOST_DRAWN
    drawn = [link["pairing"] for link in graph["links"]]  # type: ignore[attr-defined] # a list of objects
    assert drawn[:3] == ["A1/EUR", "A1/USD", "EUR/USD"]
