"""The pairings page: whole, in part, by htmx and without a script."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pairings.models import Pairing
from tests.factories.pairings import PairingFactory
from tests.pairings.pages import (
    GRAPH,
    HTMX,
    LIST,
    LOAD,
    RESTORE,
    SWITCH,
    client_with,
    minimums,
    page,
    triangle,
    upload,
)

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("headers", [{}, RESTORE], ids=["person", "way back"])
def test_the_page_comes_whole(reader: Client, headers: dict[str, str]) -> None:
    shown = reader.get(LIST, headers=headers).content.decode()

    assert "<html" in shown
    assert 'id="pairings-panel"' in shown


def test_htmx_gets_the_panel_alone(reader: Client) -> None:
    shown = reader.get(LIST, headers=HTMX).content.decode()

    assert shown.lstrip().startswith('<div id="pairings-panel">')


@pytest.mark.parametrize(
    ("address", "method"),
    [(LIST, "post"), (GRAPH, "post"), (SWITCH, "get"), (LOAD, "get")],
)
def test_the_wrong_method_is_refused(trader: Client, address: str, method: str) -> None:
    assert getattr(trader, method)(address).status_code == 405


def test_a_reader_sees_everything_and_nothing_to_press(reader: Client) -> None:
    PairingFactory.create(symbol="BTC/USD")

    shown = page(reader)

    assert "BTC/USD" in shown
    assert 'name="enable"' not in shown
    assert 'id="pairings-load"' not in shown


@pytest.mark.parametrize("held", ["", "add_pairing"])
def test_changing_takes_the_permission(held: str) -> None:
    client = client_with(held)
    pairing = PairingFactory.create()

    statuses = [
        client.post(SWITCH, {"enable": str(pairing.pk)}).status_code,
        client.post(LOAD, upload()).status_code,
        client.get(minimums(pairing)).status_code,
        client.post(minimums(pairing), {"order_min_override": "1"}).status_code,
    ]

    assert statuses == [403] * 4
    pairing.refresh_from_db()
    assert not pairing.enabled
    assert Pairing.objects.count() == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"ADA/EUR", "BTC/USD", "ETH/USD"}),
        ({"q": "btc"}, {"BTC/USD"}),
        ({"q": "XBTUSD"}, {"BTC/USD"}),
        ({"quote": "usd"}, {"BTC/USD", "ETH/USD"}),
        ({"show": "enabled"}, {"ETH/USD"}),
        ({"show": "disabled"}, {"ADA/EUR", "BTC/USD"}),
        ({"show": "overridden"}, {"ADA/EUR"}),
        ({"q": "eth", "show": "disabled"}, set()),
        ({"show": "nonsense"}, {"ADA/EUR", "BTC/USD", "ETH/USD"}),
        ({"q": "'; DROP TABLE pairings_pairing; --"}, set()),
    ],
)
def test_a_search_finds(reader: Client, query: dict[str, str], found: set[str]) -> None:
    PairingFactory.create(symbol="BTC/USD", altname="XBTUSD")
    PairingFactory.create(symbol="ETH/USD", enabled=True)
    PairingFactory.create(symbol="ADA/EUR", order_min_override=5.0)

    shown = reader.get(LIST, query).context["page"]

    assert {pairing.symbol for pairing in shown} == found


def test_what_is_searched_for_is_shown_as_text(reader: Client) -> None:
    shown = page(reader, q="<script>alert(1)</script>")

    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert" in shown


def test_the_enabled_ones_come_first(reader: Client) -> None:
    PairingFactory.create(symbol="ADA/USD")
    PairingFactory.create(symbol="ETH/USD", enabled=True)

    shown = page(reader)

    assert shown.index("ETH/USD</th>") < shown.index("ADA/USD</th>")


def test_a_long_list_comes_in_pages_that_keep_the_search(reader: Client) -> None:
    PairingFactory.create_batch(60)

    first, second = page(reader, q="USD"), page(reader, q="USD", page=2)

    assert "1 to 50 of 60" in first
    assert "?q=USD&amp;page=2" in first
    assert "51 to 60 of 60" in second
    assert "51 to 60 of 60" in page(reader, page="999")


def test_the_count_of_queries_does_not_grow(
    reader: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    PairingFactory.create_batch(120, enabled=True)

    # Who asks and what they may: 4. How many there are, one page of them, the enabled: 3.
    with django_assert_max_num_queries(7):
        reader.get(LIST)


def test_the_triangles_of_the_enabled_ones_are_counted(reader: Client) -> None:
    triangle()
    PairingFactory.create(symbol="ADA/EUR", enabled=True)
    PairingFactory.create(symbol="SOL/USD")

    context = reader.get(LIST).context

    assert context["together"].triangles == (("BTC", "ETH", "USD"),)
    assert context["idle"] == ["ADA/EUR"]
    assert [count for _, count in context["rows"]] == [0, 1, 1, 1, None]


def test_pairings_in_conflict_are_named(reader: Client) -> None:
    PairingFactory.create(symbol="BTC/USD", enabled=True)
    PairingFactory.create(symbol="USD/BTC", enabled=True)

    assert "BTC/USD and USD/BTC join the same two assets" in page(reader)
    assert reader.get(GRAPH).json()["triangles"] == 0


def test_the_graph_is_of_the_enabled_pairings(reader: Client) -> None:
    triangle()
    PairingFactory.create(symbol="SOL/USD")

    graph = reader.get(GRAPH).json()

    assert [node["name"] for node in graph["nodes"]] == ["BTC", "ETH", "USD"]
    assert {(link["pairing"], link["triangles"]) for link in graph["links"]} == {
        ("BTC/USD", 1),
        ("ETH/BTC", 1),
        ("ETH/USD", 1),
    }


def test_what_was_recorded_is_fetched_for_those_shown(reader: Client) -> None:
    PairingFactory.create(symbol="BTC/USD")

    assert 'hx-get="/dashboard/config/pairings/coverage?symbol=BTC%2FUSD"' in page(reader)
