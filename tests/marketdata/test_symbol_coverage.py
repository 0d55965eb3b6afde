"""What was recorded of a symbol, and the page that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from marketdata.models import Recording
from marketdata.symbol_coverage import coverage_by_symbol
from tests.factories.marketdata import START_US, make_recording, one

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
ADDRESS = reverse("pairing_coverage")
SECOND = 1_000_000


@pytest.fixture(autouse=True)
def _two_recordings() -> None:
    make_recording([one(START_US), one(START_US + SECOND, "ETH/USD")])
    made_up = make_recording([one(START_US + 5 * SECOND), one(START_US + 9 * SECOND)])
    Recording.objects.filter(pk=made_up.pk).update(synthetic=True)


def test_the_recordings_of_a_symbol_are_added_up() -> None:
    found = {row.symbol: row for row in coverage_by_symbol()}

    bitcoin = found["BTC/USD"]
    assert sorted(found) == ["BTC/USD", "ETH/USD"]
    assert (bitcoin.recordings, bitcoin.events, bitcoin.synthetic) == (2, 3, 2)
    assert (bitcoin.last_at - bitcoin.first_at).total_seconds() == 9


def test_only_what_is_asked_for_and_ready_is_counted() -> None:
    Recording.objects.update(state=Recording.State.FAILED)

    assert coverage_by_symbol(["BTC/USD"]) == []


def test_the_page_is_whole_without_a_script(admin_client: Client) -> None:
    shown = admin_client.get(ADDRESS, {"symbol": "BTC/USD"}).content.decode()

    assert "<html" in shown
    assert "ETH/USD" not in shown
    assert "hx-swap-oob" not in shown


def test_the_part_fills_the_cells_of_the_list(admin_client: Client) -> None:
    response = admin_client.get(ADDRESS, {"symbol": ["BTC/USD", "ADA/USD"]}, headers=HTMX)

    shown = " ".join(response.content.decode().split())
    assert shown.startswith('<div id="pairing-coverage">')
    assert 'id="coverage-BTC/USD" hx-swap-oob="true"' in shown
    assert '<span id="coverage-ADA/USD" hx-swap-oob="true" class="muted">none</span>' in shown


def test_the_way_back_gets_the_page(admin_client: Client) -> None:
    headers = HTMX | {"HX-History-Restore-Request": "true"}

    assert "<html" in admin_client.get(ADDRESS, headers=headers).content.decode()


def test_it_can_only_be_read(admin_client: Client) -> None:
    assert admin_client.post(ADDRESS).status_code == 405
