"""Changing pairings by their page: switching, minimums, a file of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from pairings.models import Pairing
from tests.factories.pairings import PairingFactory
from tests.pairings.pages import (
    HTMX,
    LIST,
    LOAD,
    RESTORE,
    SWITCH,
    minimums,
    page,
    upload,
)

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


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
