"""The pairings page under a person's hands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pairings.models import Pairing
from tests.factories.marketdata import START_US, make_recording, one
from tests.factories.pairings import PairingFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from playwright.sync_api import Page

PAIRINGS = "/dashboard/config/pairings"
READY = "[data-chart][data-ready=true]"


@pytest.fixture
def page(open_window: Callable[..., Page], root: User) -> Page:
    """Return the page with three pairings, of which ETH/BTC is missing for a triangle."""
    for symbol in ("BTC/USD", "ETH/USD"):
        PairingFactory.create(symbol=symbol, enabled=True)
    PairingFactory.create(symbol="ETH/BTC")
    page = open_window(root)
    page.goto(PAIRINGS)
    page.locator(READY).wait_for()
    return page


def count(page: Page) -> str:
    return page.locator("#triangle-count").inner_text()


def test_enabling_the_third_side_forms_a_triangle_and_draws_it(page: Page) -> None:
    assert count(page) == "0"

    page.get_by_role("button", name="Enable ETH/BTC").click()

    page.get_by_text("ETH/BTC is enabled.").wait_for()
    page.locator(READY).wait_for()
    assert count(page) == "1"
    assert page.locator("[data-chart] canvas").count() >= 1


def test_the_graph_tells_of_what_is_pointed_at(page: Page) -> None:
    box = page.locator(READY).bounding_box()
    assert box

    for step in range(1, 20):
        page.mouse.move(box["x"] + box["width"] * step / 20, box["y"] + box["height"] / 2)

    assert page.locator(READY).count() == 1  # a breach of the policy would be a fault by now


def test_all_are_checked_by_one_box_and_switched_together(page: Page) -> None:
    page.get_by_label("Check all on this page").check()
    page.get_by_role("button", name="Disable checked").click()

    page.get_by_text("3 pairings are disabled.").wait_for()
    assert not Pairing.objects.enabled()


def test_switching_all_is_asked_for_first(page: Page) -> None:
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Enable all 3").click()
    assert Pairing.objects.enabled().count() == 2

    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Enable all 3").click()

    page.get_by_text("3 pairings are enabled.").wait_for()
    assert Pairing.objects.enabled().count() == 3


def test_a_search_has_an_address_and_a_way_back(page: Page) -> None:
    page.fill("[name=q]", "ETH/B")
    page.press("[name=q]", "Enter")
    page.wait_for_url("**?q=ETH**")
    page.get_by_text("1 to 1 of 1").wait_for()

    page.go_back()

    page.get_by_text("1 to 3 of 3").wait_for()
    assert page.locator("#navigation").count() == 1
    page.locator(READY).wait_for()


def test_a_minimum_that_cannot_be_stays_with_its_reason_until_it_can(page: Page) -> None:
    page.get_by_label("Change the minimums of ETH/BTC").click()
    field = page.get_by_label("Least quantity in ETH")
    field.fill("-1")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("greater than or equal to 0").wait_for()
    assert field.input_value() == "-1"

    field.fill("0.5")
    page.get_by_role("button", name="Save").click()

    page.get_by_text("The minimums of ETH/BTC hold from the next run on.").wait_for()
    page.get_by_text("Kraken: 0.0001").wait_for()
    assert Pairing.objects.get(symbol="ETH/BTC").rules().order_min == 0.5


def test_a_file_that_is_none_is_refused_in_place_and_a_good_one_is_loaded(page: Page) -> None:
    load = page.locator("#pairings-load")
    load.locator("[type=file]").set_input_files(
        {"name": "a.json", "mimeType": "application/json", "buffer": b"{"}
    )
    load.get_by_role("button", name="Load").click()
    load.get_by_text("is not JSON").wait_for()

    rows = json.dumps([{"symbol": "SOL/USD"}]).encode()
    load.locator("[type=file]").set_input_files(
        {"name": "b.json", "mimeType": "application/json", "buffer": rows}
    )
    load.get_by_role("button", name="Load").click()

    page.get_by_text("1 pairings read: 1 new").wait_for()
    page.get_by_role("rowheader", name="SOL/USD").wait_for()


def test_the_list_says_how_much_was_recorded(page: Page) -> None:
    make_recording([one(START_US), one(START_US + 1)])

    page.reload()

    page.locator("[id='coverage-BTC/USD']", has_text="2").wait_for()
    page.locator("[id='coverage-ETH/BTC']", has_text="none").wait_for()


def test_the_colors_of_the_graph_follow_the_switch(page: Page) -> None:
    before = page.locator(READY).screenshot()

    for _ in range(2):
        page.locator("#theme-switch").click()

    for _ in range(100):  # drawn anew in a moment, or in ten seconds
        page.wait_for_timeout(100)
        if page.locator(READY).screenshot() != before:
            return
    raise AssertionError("the graph is drawn in the colors of before")


def test_it_works_without_a_script(open_window: Callable[..., Page], root: User) -> None:
    PairingFactory.create(symbol="BTC/USD")
    page = open_window(root, java_script_enabled=False)
    page.goto(f"{PAIRINGS}?q=BTC")

    page.get_by_role("button", name="Enable BTC/USD").click()
    page.get_by_text("BTC/USD is enabled.").wait_for()
    page.get_by_label("Change the minimums of BTC/USD").click()
    page.get_by_label("Least cost in USD").fill("7")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("The minimums of BTC/USD hold").wait_for()
    page.get_by_role("link", name="How much was recorded").click()

    page.get_by_role("heading", name="Recorded data by pairing").wait_for()
    pairing = Pairing.objects.get()
    assert (pairing.enabled, pairing.cost_min_override) == (True, 7.0)
