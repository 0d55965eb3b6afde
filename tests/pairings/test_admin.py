from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from pairings.models import Pairing
from tests.factories.pairings import PairingFactory

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

LIST = "admin:pairings_pairing_changelist"
CHANGE = "admin:pairings_pairing_change"
ADD = "admin:pairings_pairing_add"


def act(client: Client, action: str, *pairings: Pairing) -> str:
    data = {"action": action, "_selected_action": [pairing.pk for pairing in pairings]}
    return client.post(reverse(LIST), data, follow=True).content.decode()


def form(**fields: object) -> dict[str, object]:
    return {"lot_decimals": 8, "order_min": 0.0001, "taker_fee": 0.004, **fields}


@pytest.mark.parametrize("words", ["BTC/USD", "XBT/USD", "XXBTZUSD", "XBTUSD"])
def test_a_pairing_is_found_by_each_of_its_names(admin_client: Client, words: str) -> None:
    PairingFactory.create(
        symbol="BTC/USD", wsname="XBT/USD", kraken_key="XXBTZUSD", altname="XBTUSD"
    )
    PairingFactory.create(symbol="ETH/EUR")

    page = admin_client.get(reverse(LIST), {"q": words}).content.decode()

    assert "1 pairing" in page
    assert "ETH/EUR" not in page


def test_an_inferred_pairing_is_marked(admin_client: Client) -> None:
    PairingFactory.create(symbol="BTC/USD", inferred=True)

    page = admin_client.get(reverse(LIST), {"inferred__exact": 1}).content.decode()

    assert "BTC/USD" in page
    assert "icon-no.svg" in page.split("field-is_known")[1][:120]


def test_chosen_pairings_are_enabled_and_disabled(admin_client: Client) -> None:
    chosen = [PairingFactory.create(), PairingFactory.create()]
    other = PairingFactory.create()

    said = act(admin_client, "enable", *chosen)
    enabled = set(Pairing.objects.enabled())
    act(admin_client, "disable", chosen[0])

    assert "2 pairings are enabled." in said
    assert enabled == set(chosen)
    assert set(Pairing.objects.enabled()) == {chosen[1]}
    assert other not in enabled


def test_a_pairing_that_is_not_online_is_not_enabled(admin_client: Client) -> None:
    said = act(admin_client, "enable", PairingFactory.create(symbol="BTC/USD", status="delisted"))

    assert "they are not online: BTC/USD (delisted)." in said
    assert not Pairing.objects.enabled().exists()


def test_a_pairing_cannot_be_renamed(admin_client: Client) -> None:
    pairing = PairingFactory.create(symbol="BTC/USD")

    admin_client.post(
        reverse(CHANGE, args=[pairing.pk]), form(symbol="ETH/USD", base="ETH", order_min=0.5)
    )

    pairing.refresh_from_db()
    assert (pairing.symbol, pairing.base, pairing.order_min) == ("BTC/USD", "BTC", 0.5)


def test_a_pairing_cannot_be_deleted(admin_client: Client) -> None:
    pairing = PairingFactory.create()

    answer = admin_client.post(
        reverse("admin:pairings_pairing_delete", args=[pairing.pk]), {"post": "yes"}
    )

    assert answer.status_code == 403
    assert "delete_selected" not in admin_client.get(reverse(LIST)).content.decode()
    assert Pairing.objects.exists()


def test_a_fee_that_belongs_to_tiers_cannot_be_edited(admin_client: Client) -> None:
    tiered = PairingFactory.create(fee_tiers=[[0.0, 0.004], [10_000.0, 0.0035]])
    free = PairingFactory.create()

    for pairing in (tiered, free):
        admin_client.post(reverse(CHANGE, args=[pairing.pk]), form(taker_fee=0.1))

    assert Pairing.objects.get(pk=tiered.pk).taker_fee == 0.004
    assert Pairing.objects.get(pk=free.pk).taker_fee == 0.1


def test_an_inferred_pairing_is_known_once_a_rule_was_entered(admin_client: Client) -> None:
    pairing = PairingFactory.create(inferred=True, cost_min=None, maker_fee=None)
    address = reverse(CHANGE, args=[pairing.pk])

    admin_client.post(address, form(enabled="on"))
    after_enabling = Pairing.objects.get()
    admin_client.post(address, form(enabled="on", order_min=0.5))

    assert (after_enabling.enabled, after_enabling.inferred) == (True, True)
    assert not Pairing.objects.get().inferred


def test_a_bad_symbol_is_refused_in_words(admin_client: Client) -> None:
    page = admin_client.post(reverse(ADD), form(symbol="<b>/USD", base="<b>", quote="USD"))

    assert "is not BASE/QUOTE" in page.content.decode()
    assert "<b>/USD" not in page.content.decode()
    assert not Pairing.objects.exists()


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "1e999"])
def test_a_wild_number_is_refused(admin_client: Client, value: str) -> None:
    pairing = PairingFactory.create(order_min=0.25)

    answer = admin_client.post(reverse(CHANGE, args=[pairing.pk]), form(order_min=value))

    assert answer.status_code == 200
    assert Pairing.objects.get().order_min == 0.25


def test_a_pairing_is_added_by_hand(admin_client: Client) -> None:
    admin_client.post(reverse(ADD), form(symbol="BTC/USD", base="BTC", quote="USD"))

    pairing = Pairing.objects.get()
    assert (pairing.symbol, pairing.taker_fee, pairing.inferred) == ("BTC/USD", 0.004, False)
