"""Sweeps in a real browser: from the form to the result, from a cell to a set, and promoted.

With SCREENSHOTS=folder in the environment every page is pictured there, for people to look at.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from backtesting.models import BacktestJob, Promotion
from backtesting.runner import run_backtest_job
from marketdata.ingest import import_recording
from marketdata.reading import open_reader
from marketdata.synthetic import TapeRequest, write_recording
from tests.backtesting.sweep_samples import artifacts_of, completed_sweep
from tests.e2e.looks import LOOKS, fits, take_picture

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from django.contrib.auth.models import User
    from playwright.sync_api import Page

expect = pytest.importorskip(
    "playwright.sync_api", reason="NOT tested in a browser, for want of pytest-playwright"
).expect


@pytest.fixture
def _recorded(root: User, tmp_path: Path) -> None:  # noqa: ARG001 - its database comes first
    path = tmp_path / "stress.jsonl"
    write_recording(TapeRequest(profile="stress", events=20_000, seed=3), path)
    with open_reader(str(path)) as reader:
        import_recording(reader, name="stress", source=str(path))


def see_charts(page: Page) -> None:
    for chart in page.locator("[data-chart]").all():
        chart.scroll_into_view_if_needed()
        expect(chart).to_have_attribute("data-ready", "true")
    page.evaluate("scrollTo(0, 0)")


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_every_page_of_a_sweep_is_drawn_whole(
    open_window: Callable[..., Page], root: User, scheme: str, width: int
) -> None:
    job = completed_sweep(root, name="Stress, 24 sets")
    best = artifacts_of().results[0].index
    page = open_window(root, width=width, color_scheme=scheme)
    pages = {
        "sweep": reverse("sweep", args=[job.pk]),
        "set": reverse("sweep_set", args=[job.pk, best]),
        "sets": reverse("sweep_table", args=[job.pk]),
        "sets-compared": f"{reverse('sweep_compare', args=[job.pk])}?set=0&set=5",
        "sweep-form": reverse("sweep_form"),
        "promoted": reverse("promotions"),
    }

    for name, address in pages.items():
        page.goto(address, wait_until="networkidle")
        see_charts(page)
        assert fits(page), name
        take_picture(page, f"{name}-{scheme}-{width}")


@pytest.mark.usefixtures("_recorded")
def test_a_sweep_goes_from_the_form_to_its_result(
    open_window: Callable[..., Page], root: User
) -> None:
    page = open_window(root)
    page.goto(reverse("sweep_form"))
    page.fill("[name=thetas]", "5..20 step 5 bps")
    page.fill("[name=capitals]", "50, 250, 1000")
    page.select_option("[name=fee]", "zero")
    page.get_by_text("Trade capital: 3 values").wait_for()
    assert page.locator("#sweep-count .count strong").inner_text() == "12"

    page.get_by_role("button", name="Sweep", exact=True).click()
    page.wait_for_url(re.compile(r"/dashboard/backtesting/sweep/\d+$"))
    page.get_by_text("Waiting for a worker").wait_for()
    assert run_backtest_job(BacktestJob.objects.get(kind="sweep", owner=root).pk)

    page.get_by_text("The best in train was").wait_for()
    see_charts(page)
    assert page.locator("[data-chart][data-ready=true]").count() == 3
    assert page.locator(".sets tbody tr").count() == 12


def test_a_form_that_asks_for_too_much_says_so_and_keeps_what_was_typed(
    open_window: Callable[..., Page], root: User
) -> None:
    page = open_window(root)
    page.goto(reverse("sweep_form"))
    page.fill("[name=thetas]", "0..0.1 step 0.0000001")
    page.press("[name=thetas]", "Tab")
    page.locator("#sweep-count").get_by_text("more than the 100,000 allowed").wait_for()

    page.get_by_role("button", name="Sweep", exact=True).click()

    page.get_by_text("Nothing was run").wait_for()
    assert page.input_value("[name=thetas]") == "0..0.1 step 0.0000001"
    assert page.locator(".field-thetas.wrong").count() == 1
    expect(page.locator("[name=thetas]")).to_be_focused()


def test_a_click_on_a_cell_leads_to_a_set_that_is_then_promoted(
    open_window: Callable[..., Page], root: User
) -> None:
    job = completed_sweep(root)
    page = open_window(root)
    page.goto(reverse("sweep", args=[job.pk]))
    see_charts(page)
    heat = page.locator("[data-chart=heat]")
    heat.scroll_into_view_if_needed()

    heat.click(position={"x": 300, "y": 120})
    page.wait_for_url(re.compile(r"/sweep/\d+/set/\d+$"))
    page.fill("#sweep-promote [name=note]", "seen in the map")
    if page.locator("#sweep-promote [name=confirm]").count():
        page.get_by_role("button", name="Promote this set").click()
        page.get_by_text("to promote it all the same, confirm that").wait_for()
        page.check("#sweep-promote [name=confirm]")
    page.get_by_role("button", name="Promote this set").click()

    page.get_by_text("Promoted by root").wait_for()
    promotion = Promotion.objects.get()
    assert promotion.note == "seen in the map"
    assert page.url.endswith(reverse("sweep_set", args=[job.pk, promotion.index]))
    page.get_by_role("link", name="what is promoted").click()
    page.get_by_role("button", name="Withdraw").click()
    page.get_by_text("is withdrawn").wait_for()
    promotion.refresh_from_db()
    assert promotion.withdrawn_at is not None


def test_dots_lead_to_their_set_and_the_map_follows_its_form(
    open_window: Callable[..., Page], root: User
) -> None:
    job = completed_sweep(root)
    page = open_window(root)
    page.goto(reverse("sweep", args=[job.pk]))
    see_charts(page)

    page.select_option("#sweep-map [name=figure]", "gap")
    page.locator("[data-chart=heat][data-src*='figure=gap'][data-ready=true]").wait_for()
    for chart in page.locator("[data-chart]").all():
        chart.hover(position={"x": 250, "y": 150})
    winner = page.evaluate(
        """() => {
            const element = document.querySelector('[data-chart=scatter]');
            const chart = echarts.getInstanceByDom(element);
            const [{ value }] = chart.getOption().series.at(-1).data;
            return chart.convertToPixel({ seriesIndex: 4 }, value);
        }"""
    )
    scatter = page.locator("[data-chart=scatter]")
    scatter.scroll_into_view_if_needed()
    scatter.click(position={"x": winner[0], "y": winner[1]})

    page.wait_for_url(re.compile(r"/sweep/\d+/set/\d+$"))


def test_the_table_is_filtered_sorted_and_its_sets_compared(
    open_window: Callable[..., Page], root: User
) -> None:
    job = completed_sweep(root)
    page = open_window(root)
    page.goto(reverse("sweep", args=[job.pk]))

    page.select_option("#sweep-table [name=verdict]", "ready")
    ready = sum(one.promotion_ready for one in artifacts_of().results)
    page.get_by_text(f"{ready} sets; amounts in USD").wait_for()
    page.locator("#sweep-table").get_by_role("link", name="Gap").click()
    page.locator("#sweep-table [aria-sort=ascending]").get_by_text("Gap").wait_for()
    boxes = page.locator("#sweep-table [name=set]")
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.get_by_role("button", name="Compare the chosen").click()

    page.get_by_role("heading", name="compared").wait_for()
    assert page.locator("#sweep-compare thead th").count() == 3
