"""The report, its trades and the comparison in a real browser, in both themes and at two widths.

With SCREENSHOTS=folder in the environment every page is pictured there, for people to look at.
"""

from __future__ import annotations

import os
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest
from django.urls import reverse

from backtesting.models import BacktestJob
from tests.backtesting.views.reports import completed_job, stored_tables
from tests.e2e.looks import LOOKS, fits, take_picture
from tests.factories.backtesting import AT, BacktestJobFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from numpy.typing import NDArray
    from playwright.sync_api import Page

    from backtesting.engine.tables import ReplayTables

expect = pytest.importorskip(
    "playwright.sync_api", reason="NOT tested in a browser, for want of pytest-playwright"
).expect
# Over a thousand trades of every kind.
BUSY: Final = {"reentry": "always", "max_concurrent_trades": 5, "trade_capital": 50.0}


def open_page(page: Page, name: str, *args: int, query: str = "") -> None:
    page.goto(reverse(name, args=args) + query)
    for chart in page.locator("[data-chart]").all():
        chart.scroll_into_view_if_needed()
        expect(chart).to_have_attribute("data-ready", "true")
    page.evaluate("scrollTo(0, 0)")


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_the_report_is_drawn_whole(
    open_window: Callable[..., Page], root: User, scheme: str, width: int
) -> None:
    job = completed_job(root, name="Stress, replayed", parameters=BUSY, notes="a second look")
    completed_job(root, fill_model="modeled", parameters=BUSY)
    page = open_window(root, width=width, color_scheme=scheme)

    open_page(page, "job", job.pk)

    assert page.locator("[data-chart][data-ready=true]").count() == 5
    assert page.locator("canvas").count() >= 5
    assert fits(page)
    take_picture(page, f"report-{scheme}-{width}")


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_a_trade_opens_into_its_story_and_closes(
    open_window: Callable[..., Page], root: User, scheme: str, width: int
) -> None:
    job = completed_job(root, name="Stress, replayed", parameters=BUSY)
    page = open_window(root, width=width, color_scheme=scheme)
    open_page(page, "job", job.pk)

    page.get_by_role("link", name="failed", exact=True).click()
    page.get_by_text(re.compile(r"\d+ failed trades;")).wait_for()
    # Until the swap has settled a click follows the link, as it would without JavaScript.
    page.locator("#trade-table:not(.htmx-added, .htmx-settling)").wait_for()
    page.get_by_role("link", name=re.compile("^Story of trade")).nth(2).click()
    page.locator("article#trade-story").wait_for()

    expect(page.locator("#story-title")).to_be_focused()
    assert page.locator(".ladder .taken").count() >= 1
    assert fits(page)
    if folder := os.environ.get("SCREENSHOTS"):
        story = page.locator("#trade-story")
        story.screenshot(path=Path(folder) / f"story-{scheme}-{width}.png")
        trades = page.locator("#trade-table")
        trades.screenshot(path=Path(folder) / f"trades-{scheme}-{width}.png")
    page.get_by_role("link", name="Close").click()
    page.locator("article#trade-story").wait_for(state="detached")
    expect(page.locator("[id^=story-]:focus")).to_have_count(1)
    assert page.url.endswith(reverse("job", args=[job.pk]))


def test_charts_answer_the_mouse_and_follow_the_theme(
    open_window: Callable[..., Page], root: User
) -> None:
    page = open_window(root, color_scheme="light")
    open_page(page, "job", completed_job(root, parameters=BUSY).pk)
    charts = page.locator("[data-chart]")

    for chart in charts.all():
        chart.hover(position={"x": 260, "y": 150})
    before = charts.first.screenshot()
    page.locator("#theme-switch").click()
    page.locator("#theme-switch").click()

    one_day, two_days = "charts.timeName([0, 9e6], {})", "charts.timeName([0, 9e7], {})"
    assert page.evaluate(one_day) == "1970-01-01, UTC"
    assert page.evaluate(two_days) == "UTC"
    # The policy was not broken, or the window would have complained; and the colors are others.
    page.wait_for_timeout(300)
    assert charts.first.screenshot() != before


def test_stories_follow_one_another_and_the_table_is_sorted_and_paged(
    open_window: Callable[..., Page], root: User
) -> None:
    job = completed_job(root, parameters=BUSY)
    best = int(np.argmax(stored_tables("replayed", **BUSY)[1].trades["pnl"])) + 1
    page = open_window(root)
    open_page(page, "job", job.pk)

    page.locator("#trade-table").get_by_role("link", name="P&L").press("Enter")
    page.locator('th[aria-sort="descending"]', has_text="P&L").wait_for()
    expect(page.locator("#trades-by-pnl")).to_be_focused()
    page.get_by_role("link", name=f"Story of trade {best}", exact=True).click()
    page.get_by_role("link", name=f"trade {best - 1}", exact=False).first.click()
    page.get_by_role("heading", name=f"Trade {best - 1}:").wait_for()
    page.get_by_role("link", name="Next", exact=True).click()

    page.get_by_text("Page 2 of").wait_for()
    assert page.locator('th[aria-sort="descending"]').inner_text() == "P&L ↓"


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_two_runs_are_compared(
    open_window: Callable[..., Page], root: User, scheme: str, width: int
) -> None:
    jobs = [
        completed_job(root, name="Stress, replayed", parameters=BUSY),
        completed_job(root, name="Stress, modeled", parameters=BUSY, fill_model="modeled"),
        completed_job(root, name="Small trades"),
    ]
    page = open_window(root, width=width, color_scheme=scheme)

    open_page(page, "compare", query="?" + "&".join(f"job={job.pk}" for job in jobs))

    assert fits(page)
    take_picture(page, f"compare-{scheme}-{width}")


@pytest.mark.parametrize("state", ["queued", "running", "failed", "cancelled", "no trades"])
def test_every_state_is_told(open_window: Callable[..., Page], root: User, state: str) -> None:
    job = {
        "queued": lambda: BacktestJobFactory.create(owner=root),
        "running": lambda: BacktestJobFactory.create(
            owner=root, running=True, progress_done=40, progress_total=100, progress_rate=7.0
        ),
        "failed": lambda: BacktestJobFactory.create(
            owner=root,
            status=BacktestJob.Status.FAILED,
            finished_at=AT,
            error_code="refused",
            error_detail="no triangle can be formed of BTC/USD",
        ),
        "cancelled": lambda: BacktestJobFactory.create(
            owner=root, status=BacktestJob.Status.CANCELLED, finished_at=AT
        ),
        "no trades": lambda: completed_job(root, parameters={"min_profit_threshold": 0.5}),
    }[state]()
    page = open_window(root)

    open_page(page, "job", job.pk)

    assert page.locator("#report-body").count() == 1
    take_picture(page, f"state-{state.replace(' ', '-')}")


def test_a_running_job_becomes_its_report_by_itself(
    open_window: Callable[..., Page], root: User
) -> None:
    job = completed_job(root)
    fields = ("status", "started_at", "finished_at", "lease_token", "lease_expires_at")
    done = BacktestJob.objects.filter(pk=job.pk).values(*fields).get()
    running = BacktestJobFactory.build(running=True)
    BacktestJob.objects.filter(pk=job.pk).update(
        finished_at=None,
        **{name: getattr(running, name) for name in fields if name != "finished_at"},
    )
    page = open_window(root)
    page.goto(reverse("job", args=[job.pk]))
    page.locator("#status-card").wait_for()

    BacktestJob.objects.filter(pk=job.pk).update(**done)

    page.locator("[data-chart=equity][data-ready=true]").wait_for()


def test_a_queued_job_is_cancelled_from_its_page(
    open_window: Callable[..., Page], root: User
) -> None:
    page = open_window(root)
    page.goto(reverse("job", args=[BacktestJobFactory.create(owner=root).pk]))

    page.get_by_role("button", name="Cancel").click()

    page.get_by_text("It was cancelled before it was done").wait_for()


def many_trades(times: int) -> ReplayTables:
    """Return the busy run's tables so many times over, one run after another."""
    _, tables = stored_tables("replayed", **BUSY)
    span = int(tables.trades["completed"].max() - tables.trades["t"].min()) + 1_000_000
    trades: list[NDArray[np.void]] = []
    orders: list[NDArray[np.void]] = []
    takes: list[NDArray[np.void]] = []
    for turn in range(times):
        later = tables.trades.copy(), tables.orders.copy(), tables.takes.copy()
        later[0]["t"] += turn * span
        later[0]["completed"] += turn * span
        later[1]["t"] += turn * span
        later[1]["trade"] += turn * len(tables.trades)
        later[2]["order"] += turn * len(tables.orders)
        for table, rows in zip((trades, orders, takes), later, strict=True):
            table.append(rows)
    return replace(
        tables,
        trades=np.concatenate(trades),
        orders=np.concatenate(orders),
        takes=np.concatenate(takes),
        ladders=np.concatenate([tables.ladders] * times),
    )


def test_a_report_of_ten_thousand_trades_is_drawn_whole(
    open_window: Callable[..., Page], root: User
) -> None:
    tables = many_trades(9)
    assert len(tables.trades) > 10_000
    job = completed_job(
        root, tables=tables.pack(), payload={"trades_attempted": len(tables.trades)}
    )
    page = open_window(root)
    page.goto(reverse("backtesting"))

    began = time.perf_counter()
    page.goto(reverse("job", args=[job.pk]))
    expect(page.locator("[data-chart]:not([data-ready=true])")).to_have_count(0)
    taken = time.perf_counter() - began

    # 1.5 s on a quiet machine; that a curve is sent thinned out is for test_series to say.
    print(f"ready in {taken:.2f} s")  # noqa: T201 - a figure to see with -s
    assert page.locator("[data-chart][data-ready=true]").count() == 5
