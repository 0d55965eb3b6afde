"""The pairings page: whole, in part, by htmx and without a script."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from pairings.models import Pairing
from tests.factories.pairings import PairingFactory

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db

LIST = reverse("pairings")
GRAPH = reverse("pairings_graph")
SWITCH = reverse("pairings_switch")
LOAD = reverse("pairings_load")
HTMX = {"HX-Request": "true"}
RESTORE = HTMX | {"HX-History-Restore-Request": "true"}
ROWS = [
    {"symbol": "BTC/USD", "order_min": "0.0001"},
    {"symbol": "ETH/USD", "order_min": "0.002"},
]


def client_with(*permissions: str) -> Client:
    user = User.objects.create_user("trader")
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def reader() -> Client:
    return client_with()


@pytest.fixture
def trader() -> Client:
    return client_with("add_pairing", "change_pairing")


def page(client: Client, address: str = LIST, **query: Any) -> str:
    return client.get(address, query).content.decode()


def upload(rows: object = ROWS, **more: object) -> dict[str, object]:
    return {"file": SimpleUploadedFile("pairs.json", json.dumps(rows).encode()), **more}


def minimums(pairing: Pairing) -> str:
    return reverse("pairing_minimums", args=[pairing.pk])


def triangle() -> list[Pairing]:
    return [
        PairingFactory.create(symbol=symbol, enabled=True)
        for symbol in ("BTC/USD", "ETH/BTC", "ETH/USD")
    ]


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


def test_one_is_switched_and_the_list_stays_as_it_was_searched(trader: Client) -> None:
    pairing = PairingFactory.create(symbol="BTC/USD")

    response = trader.post(f"{SWITCH}?q=BTC&page=3", {"enable": str(pairing.pk)})

    assert response.headers["Location"] == f"{LIST}?q=BTC&page=3"
    assert "BTC/USD is enabled." in page(trader)
    pairing.refresh_from_db()
    assert pairing.enabled


def test_htmx_gets_the_list_anew(trader: Client) -> None:
    pairing = PairingFactory.create(symbol="BTC/USD", enabled=True)

    response = trader.post(SWITCH, {"disable": str(pairing.pk)}, headers=HTMX)

    assert response.status_code == 200
    assert response.content.decode().lstrip().startswith('<div id="pairings-panel">')
    pairing.refresh_from_db()
    assert not pairing.enabled


def test_all_that_a_search_finds_are_switched_and_no_other(trader: Client) -> None:
    PairingFactory.create(symbol="BTC/USD", enabled=True)
    PairingFactory.create(symbol="BTC/EUR", enabled=True)
    PairingFactory.create(symbol="ETH/USD", enabled=True)

    trader.post(f"{SWITCH}?q=BTC", {"disable": "matching"})

    assert [str(one) for one in Pairing.objects.enabled()] == ["ETH/USD"]


def test_those_checked_are_switched_but_for_those_that_cannot_be_traded(trader: Client) -> None:
    one, gone = PairingFactory.create(), PairingFactory.create(status="cancel_only")
    PairingFactory.create()

    response = trader.post(
        SWITCH, {"enable": "selected", "pairing": [one.pk, gone.pk]}, follow=True
    )

    assert list(Pairing.objects.enabled()) == [one]
    assert f"{gone} (cancel_only)" in response.content.decode()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "Say either what to enable or what to disable"),
        ({"enable": "1", "disable": "1"}, "Say either what to enable or what to disable"),
        ({"enable": "selected"}, "No pairing is checked"),
        ({"enable": "everything"}, "Say which pairings you mean"),
        ({"enable": "selected", "pairing": ["999999"]}, "not there any more"),
        ({"enable": "9" * 400}, "not there any more"),
    ],
)
def test_what_makes_no_sense_changes_nothing_and_is_said(
    trader: Client, sent: dict[str, Any], said: str
) -> None:
    PairingFactory.create()

    response = trader.post(SWITCH, sent, follow=True)

    assert said in response.content.decode()
    assert not Pairing.objects.enabled()


@pytest.mark.parametrize("headers", [{}, RESTORE], ids=["person", "way back"])
def test_the_minimums_have_a_page(trader: Client, headers: dict[str, str]) -> None:
    pairing = PairingFactory.create(symbol="BTC/USD", order_min=0.0001)

    shown = trader.get(minimums(pairing), headers=headers).content.decode()

    assert "<html" in shown
    assert "in place of Kraken's 0.0001 BTC" in " ".join(shown.split())


def test_the_minimums_are_a_part_of_the_list_for_htmx(trader: Client) -> None:
    response = trader.get(minimums(PairingFactory.create()), headers=HTMX)

    assert "<html" not in response.content.decode()
    assert response.headers["HX-Retarget"] == "#pairing-minimums"


def test_minimums_of_our_own_hold_in_the_next_run(trader: Client) -> None:
    pairing = PairingFactory.create(order_min=0.0001, cost_min=0.5)

    response = trader.post(
        minimums(pairing) + "?q=A", {"order_min_override": "0.5", "cost_min_override": ""}
    )

    assert response.headers["Location"] == f"{LIST}?q=A"
    pairing.refresh_from_db()
    assert (pairing.rules().order_min, pairing.rules().cost_min) == (0.5, 0.5)


@pytest.mark.parametrize("typed", ["-1", "nan", "inf", "1e16", "a lot", "1e999"])
def test_a_minimum_that_cannot_be_comes_back_with_the_reason(trader: Client, typed: str) -> None:
    pairing = PairingFactory.create()

    for headers in ({}, HTMX):
        response = trader.post(minimums(pairing), {"order_min_override": typed}, headers=headers)

        assert response.status_code == 422
        assert response.context["form"].errors["order_min_override"]
        assert f'value="{typed}"' in response.content.decode()
    pairing.refresh_from_db()
    assert not pairing.has_overrides()


def test_a_pairing_that_is_not_there_has_no_minimums(trader: Client) -> None:
    assert trader.get(reverse("pairing_minimums", args=[999999])).status_code == 404


def test_a_file_is_loaded(trader: Client) -> None:
    response = trader.post(LOAD, upload(enable="on"), follow=True)

    assert response.redirect_chain == [(LIST, 302)]
    assert "2 pairings read: 2 new" in response.content.decode()
    assert [str(one) for one in Pairing.objects.enabled()] == ["BTC/USD", "ETH/USD"]


def test_a_file_is_loaded_by_htmx(trader: Client) -> None:
    response = trader.post(LOAD, upload(), headers=HTMX)

    assert response.headers["HX-Redirect"] == LIST
    assert "2 pairings read" in page(trader)
    assert not Pairing.objects.enabled()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "empty"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[]", "no pairing to load"),
        (b'[{"symbol": "<script>"}]', "is not BASE/QUOTE"),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["person", "htmx"])
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(
    trader: Client, raw: bytes, said: str, headers: dict[str, str]
) -> None:
    response = trader.post(LOAD, {"file": SimpleUploadedFile("a.json", raw)}, headers=headers)

    shown = response.content.decode()
    assert response.status_code == 422
    assert said in shown
    assert "<script>&" not in shown
    assert ("<html" in shown) == (not headers)
    assert not Pairing.objects.exists()
