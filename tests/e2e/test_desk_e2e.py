"""A trader at the desk, with a worker at work: from the form to the report, and what else."""

from __future__ import annotations

import itertools
import json
import re
import shlex
import time
from typing import TYPE_CHECKING, Final

import pytest

from tests.e2e.house import RECORDING, House, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

expect = pytest.importorskip(
    "playwright.sync_api", reason="NOT tested in a browser, for want of pytest-playwright"
).expect
DESK: Final = "/dashboard/backtesting"
# The first replay on a machine compiles the engine.
SLOW_MS: Final = 300_000
# No two runs ask for the same, or the stored result of the first would be offered.
OTHERS: Final = itertools.count(1000)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with serve(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.fixture
def desk(open_window: Callable[..., Page], house: House) -> Page:
    """Return the desk of who has just logged in."""
    page = open_window()
    enter(page, house)
    return page


def enter(page: Page, house: House) -> None:
    page.goto(f"{house.url}/")
    page.fill("[name=username]", house.username)
    page.fill("[name=password]", house.password)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"**{DESK}")


def run(page: Page, *, name: str, seconds: int = 0) -> None:
    """Send the form for a replay that takes so many seconds."""
    page.goto(page.url.partition("/dashboard")[0] + DESK)
    page.fill("#id_name", name)
    page.locator("#run-advanced summary").click()
    page.select_option("#id_fee", "zero")
    page.fill("#id_seed", str(seconds))
    page.fill("#id_slippage_bps", f"4.{next(OTHERS)}")
    page.locator("#run-form > button").click()
    page.get_by_text("Queued as").wait_for()


def row(page: Page, name: str) -> str:
    return page.locator("#job-table tbody tr", has_text=name).first.inner_text()


def test_a_backtest_goes_from_the_form_to_its_report(desk: Page, house: House) -> None:
    run(desk, name="warm up")
    expect(desk.locator("#status-card")).to_contain_text("Completed", timeout=SLOW_MS)
    run(desk, name="watched", seconds=15)

    bar = desk.locator("#status-card progress[value]")
    bar.wait_for()
    first = bar.get_attribute("value") or ""
    expect(desk.locator("#status-card")).to_contain_text("left")
    expect(bar).not_to_have_attribute("value", first)
    assert "Running" in row(desk, "watched")
    expect(desk.locator("#status-card")).to_contain_text("Completed", timeout=SLOW_MS)
    # There is nothing more to wait for, so nobody asks.
    assert desk.locator("#backtesting-live[hx-trigger]").count() == 0

    desk.get_by_role("button", name="Open the report").click()
    desk.locator("[data-chart=equity][data-ready=true]").wait_for()
    assert desk.get_by_text("SYNTHETIC").is_visible()

    words = shlex.split(desk.locator("#report-settings pre").inner_text())
    assert words[1] == "manage.py"
    repeated = json.loads(house.run(*words[2:], "--json"))
    with desk.expect_download() as download:
        desk.get_by_role("button", name="Report JSON").click()
    stored = json.loads(download.value.path().read_text())
    assert repeated["realized_pnl_usd"] == stored["realized_pnl_usd"]
    assert repeated["miss_reasons"] == stored["miss_reasons"]


def test_a_running_backtest_is_cancelled(desk: Page) -> None:
    run(desk, name="endless", seconds=300)
    desk.locator("#status-card progress[value]").wait_for()

    desk.locator("#status-card").get_by_role("button", name="Cancel").click()

    desk.get_by_text("Cancelling: the worker stops within seconds.").wait_for()
    expect(desk.locator("#status-card")).to_contain_text("Cancelled")
    assert "Cancelled" in row(desk, "endless")


def test_what_was_computed_is_offered_and_run_again_only_if_asked(desk: Page) -> None:
    run(desk, name="once")
    expect(desk.locator("#status-card")).to_contain_text("Completed", timeout=SLOW_MS)
    number = int(desk.locator("#job-table tbody tr").first.get_attribute("id")[4:])  # type: ignore[index]

    desk.locator("#run-form > button").click()
    desk.get_by_text("This has been computed").wait_for()
    assert desk.locator(f"#job-{number + 1}").count() == 0
    desk.get_by_role("button", name="Run it all the same").click()

    desk.locator(f"#job-{number + 1}").wait_for()


def test_the_optimism_gap_is_a_click_away(desk: Page) -> None:
    run(desk, name="one model")
    expect(desk.locator("#status-card")).to_contain_text("Completed", timeout=SLOW_MS)
    desk.get_by_role("button", name="Open the report").click()

    button = desk.get_by_role("button", name="Run it under replayed fills")
    if button.count():
        button.click()

    desk.get_by_text("Optimism gap").wait_for(timeout=SLOW_MS)
    desk.get_by_role("link", name="Compare both").click()
    desk.locator("[data-chart=curves][data-ready=true]").wait_for()
    assert desk.locator("tr.differs").count() == 1


def test_what_is_chosen_and_typed_survives_the_looks_at_a_running_job(desk: Page) -> None:
    for name in ("one of two", "the other"):
        run(desk, name=name)
        expect(desk.locator("#status-card")).to_contain_text("Completed", timeout=SLOW_MS)
    run(desk, name="in the background", seconds=300)
    boxes = desk.locator("#job-table input[name=job]")
    boxes.nth(0).check()
    boxes.nth(1).check()
    desk.get_by_role("button", name=re.compile("^More for job")).nth(1).click()
    desk.fill("#job-manage [name=name]", "a better name")

    with desk.expect_response(re.compile("fragment/backtesting/live")):
        pass
    desk.wait_for_timeout(200)

    assert desk.input_value("#job-manage [name=name]") == "a better name"
    assert boxes.nth(0).is_checked()
    assert boxes.nth(1).is_checked()
    desk.get_by_role("button", name="Save").click()
    desk.get_by_role("link", name="a better name").wait_for()
    assert desk.url.endswith(DESK)
    desk.get_by_role("button", name=re.compile("^Cancel job")).first.click()


def test_a_copy_is_filled_in_and_quick_choices_fill_the_rest(desk: Page) -> None:
    run(desk, name="to be copied")
    desk.get_by_role("button", name=re.compile("^More for job")).first.click()
    desk.get_by_role("button", name="Copy to a new run").click()

    desk.wait_for_url("**?copy=*")
    assert desk.input_value("#id_name") == "to be copied"
    assert desk.input_value("#id_fee") == "zero"
    desk.get_by_role("button", name="60 ms").click()
    desk.get_by_role("button", name="first half").click()
    assert desk.input_value("#id_execution_latency_ms") == "60"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", desk.input_value("#id_end"))
    expect(desk.locator("#run-offer")).to_contain_text(f"from {RECORDING}")


def test_the_history_runs_a_job_again(desk: Page) -> None:
    run(desk, name="of old")
    expect(desk.locator("#status-card")).to_contain_text("Completed", timeout=SLOW_MS)
    desk.get_by_role("link", name="All backtests").click()
    desk.get_by_role("searchbox", name="Name holds").fill("of old")
    desk.get_by_role("button", name="Filter").click()
    desk.wait_for_url("**name=of*")

    desk.get_by_role("button", name=re.compile("^Run job")).first.click()

    desk.wait_for_url("**/job/*")
    desk.locator("[data-chart=equity][data-ready=true]").wait_for(timeout=SLOW_MS)


def test_all_of_it_works_without_javascript(open_window: Callable[..., Page], house: House) -> None:
    page = open_window(java_script_enabled=False)
    enter(page, house)

    page.fill("#id_name", "by hand")
    page.locator("#run-advanced summary").click()
    page.select_option("#id_fee", "zero")
    page.locator("#run-form > button").click()
    if page.get_by_text("This has been computed").count():
        page.get_by_role("button", name="Run it all the same").click()
    page.wait_for_url("**/job/*")
    deadline = time.monotonic() + SLOW_MS / 1000
    while not page.locator("#report-headline").count() and time.monotonic() < deadline:
        page.wait_for_timeout(300)
        page.reload()

    page.get_by_role("link", name="Story of trade 1", exact=True).click()
    assert page.get_by_role("heading", name=re.compile("^Trade 1:")).is_visible()
