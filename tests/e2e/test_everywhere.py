"""What a person finds on every page: who they are, the colors, the times, the way in and out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from tests.backtesting.views.reports import completed_job
from tests.factories.backtesting import BacktestJobFactory
from tests.factories.pairings import PairingFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from playwright.sync_api import Page

PAIRINGS = "/dashboard/config/pairings"
PAGES = (
    "/accounts/password_change/",
    "/admin/",
    "/admin/pairings/pairing/",
    "/admin/pairings/pairing/add/",
    "/dashboard/backtesting",
    "/dashboard/backtesting/history",
    "/dashboard/backtesting/run/offer",
    f"{PAIRINGS}/coverage",
    PAIRINGS,
)


def pages_of(pk: int) -> list[str]:
    job = f"/dashboard/backtesting/job/{pk}"
    return [job, f"{job}/manage", f"{job}/trades", f"{job}/trade/1"]


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_the_window_or_heard_to_complain(
    open_window: Callable[..., Page], root: User, faults: list[str], scheme: str, width: int
) -> None:
    job = completed_job(root, name="a name that is as long as a trader may ever give to one " * 3)
    BacktestJobFactory.create(owner=root, running=True)
    page = open_window(root, width=width, color_scheme=scheme)
    too_wide = []

    for address in [*PAGES, *pages_of(job.pk)]:
        page.goto(address, wait_until="networkidle")
        if page.evaluate("document.documentElement.scrollWidth") > width:
            too_wide.append(address)

    assert [address for address in too_wide if not address.startswith("/admin")] == []
    assert faults == []
    page.goto("/nowhere", wait_until="networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    faults.clear()  # a page that is not there is the browser's own complaint


@pytest.mark.usefixtures("root")
def test_a_person_logs_in_and_out(open_window: Callable[..., Page]) -> None:
    page = open_window()
    page.goto(PAIRINGS)

    page.fill("[name=username]", "root")
    page.fill("[name=password]", "wrong")
    page.press("[name=password]", "Enter")
    page.get_by_text("Please enter a correct username and password").wait_for()
    page.fill("[name=password]", "a-good-long-one")
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"**{PAIRINGS}")
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/accounts/login/")

    page.goto(PAIRINGS)
    assert page.url.endswith(f"/accounts/login/?next={PAIRINGS}")


def test_a_password_is_changed(open_window: Callable[..., Page], root: User) -> None:
    page = open_window(root)
    page.goto("/accounts/password_change/")

    page.fill("[name=old_password]", "a-good-long-one")
    page.fill("[name=new_password1]", "another-good-one")
    page.fill("[name=new_password2]", "another-good-one")
    page.get_by_role("button", name="Change the password").click()

    page.get_by_role("heading", name="Password changed").wait_for()
    root.refresh_from_db()
    assert root.check_password("another-good-one")


def test_the_colors_are_the_systems_until_chosen_and_then_kept(
    open_window: Callable[..., Page],
) -> None:
    page = open_window(color_scheme="dark")
    page.goto("/accounts/login/")
    button = page.locator("#theme-switch")

    dark = background(page)
    assert button.inner_text() == "Colors: auto"
    button.click()
    light = background(page)
    page.reload()

    assert button.inner_text() == "Colors: light"
    assert background(page) == light != dark


def test_times_are_shown_in_utc_or_local_as_chosen(
    open_window: Callable[..., Page], root: User
) -> None:
    at = timezone.now().replace(year=2026, month=3, day=1, hour=12, minute=0, second=5)
    PairingFactory.create(symbol="BTC/USD", rules_as_of=at)
    page = open_window(root, timezone_id="Asia/Kolkata")
    page.goto(PAIRINGS)
    time = page.locator("#pairing-table time")

    assert time.inner_text() == "2026-03-01 12:00:05 UTC"
    page.locator("#times-switch").click()
    assert time.inner_text() == "2026-03-01 17:30:05 +05:30"
    page.fill("[name=q]", "BTC")
    page.press("[name=q]", "Enter")
    page.wait_for_url("**?q=BTC**")
    page.get_by_text("1 to 1 of 1").wait_for()
    assert page.locator("#pairing-table time").inner_text() == "2026-03-01 17:30:05 +05:30"


def test_the_keyboard_reaches_the_content_first(
    open_window: Callable[..., Page], root: User
) -> None:
    page = open_window(root)
    page.goto(PAIRINGS)

    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    assert skip.inner_text() == "Skip to the content"
    box = skip.bounding_box()
    assert box
    assert box["x"] >= 0
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "content"


def test_the_space_bar_presses_what_looks_like_a_button(
    open_window: Callable[..., Page], root: User
) -> None:
    job = completed_job(root)
    page = open_window(root)
    page.goto("/dashboard/backtesting")

    page.get_by_role("button", name=f"Details of job {job.pk}").press(" ")

    page.wait_for_url(f"**/job/{job.pk}")


def test_what_can_be_done_with_a_job_is_in_sight_without_scrolling(
    open_window: Callable[..., Page], root: User
) -> None:
    job = completed_job(root, name="a name that is as long as a trader may ever give to one")
    page = open_window(root)

    page.goto("/dashboard/backtesting", wait_until="networkidle")

    for action in ("details", "rerun", "more"):
        box = page.locator(f"#{action}-{job.pk}").bounding_box()
        assert box
        assert box["x"] + box["width"] <= 1280


def test_a_session_that_has_ended_leads_to_the_login_and_back(
    open_window: Callable[..., Page], root: User, faults: list[str]
) -> None:
    PairingFactory.create(symbol="BTC/USD")
    page = open_window(root)
    page.goto(f"{PAIRINGS}?q=BTC")
    page.wait_for_load_state("networkidle")

    page.context.clear_cookies()
    page.get_by_role("link", name="Show all").click()

    page.wait_for_url(re.compile(r"/accounts/login/\?next="))
    assert page.url.endswith("next=/dashboard/config/pairings%3Fq%3DBTC")
    faults[:] = [fault for fault in faults if "401" not in fault]  # the browser's own words
