"""Two to five jobs side by side."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from tests.backtesting.views.reports import completed_job, stored_tables
from tests.factories.backtesting import BacktestJobFactory

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def compared(
    client: Client, *jobs: Any, status: int = 200, headers: dict[str, str] | None = None
) -> str:
    numbers = [getattr(job, "pk", job) for job in jobs]
    answer = client.get(reverse("compare"), {"job": numbers}, headers=headers)
    assert answer.status_code == status
    return answer.content.decode()


def test_what_is_synthetic_and_what_a_model_cannot_show_stands_beside_the_figures(
    desk: Client, trader: User
) -> None:
    jobs = [completed_job(trader, fill_model=model) for model in ("replayed", "modeled")]
    real = completed_job(trader, synthetic=False)

    page = compared(desk, *jobs)

    assert "SYNTHETIC" in page
    assert "other traders do not react" in page
    assert "latency moves only the clock" in page
    assert "SYNTHETIC" not in compared(desk, real, completed_job(trader, synthetic=False))


def test_figures_stand_side_by_side_and_what_differs_is_marked(desk: Client, trader: User) -> None:
    jobs = [
        completed_job(trader, fill_model=model, name=f"run {model}")
        for model in ("replayed", "modeled")
    ]

    page = compared(desk, *jobs)

    assert page.index("run replayed") < page.index("run modeled")
    assert page.count('class="differs"') == 1
    row = page[page.index('class="differs"') :]
    assert "Fill model" in row[: row.index("</tr>")]
    assert "They have different fill models" in page
    assert "did not replay the same data" not in page


def test_the_best_of_a_figure_is_marked(desk: Client, trader: User) -> None:
    jobs = [completed_job(trader, payload={"realized_pnl_usd": pnl}, pnl=pnl) for pnl in (1.0, 7.0)]

    page = compared(desk, *jobs)

    row = page[page.index(">P&amp;L</th>") :]
    cells = row[: row.index("</tr>")].split("<td")[1:]
    assert ["best" in cell for cell in cells] == [False, True]


def test_the_page_and_the_fragment(desk: Client, trader: User) -> None:
    jobs = [completed_job(trader), completed_job(trader, name="other")]

    whole, part = compared(desk, *jobs), compared(desk, *jobs, headers=HTMX)
    restored = compared(desk, *jobs, headers={**HTMX, "HX-History-Restore-Request": "true"})

    assert "<!doctype html>" in whole.lower()
    assert "<!doctype html>" in restored.lower()
    assert part.strip().startswith('<div id="compare-tables"')


def test_only_reading_is_allowed(desk: Client) -> None:
    assert desk.post(reverse("compare")).status_code == 405
    assert desk.post(reverse("compare_series")).status_code == 405


def test_strangers_are_led_to_the_login(client: Client) -> None:
    assert client.get(reverse("compare")).status_code == 302
    assert client.get(reverse("compare_series")).status_code == 302


@pytest.mark.parametrize("numbers", [[], ["x"], ["-1", "²", "1e3", "9" * 400]])
def test_too_few_are_refused_with_the_remedy(desk: Client, numbers: list[str]) -> None:
    page = compared(desk, *numbers, status=422)

    assert "Choose 2 to 5 completed backtests to compare; these are 0." in page


def test_one_job_named_twice_is_one(desk: Client, trader: User) -> None:
    job = completed_job(trader)

    assert "these are 1." in compared(desk, job, job, status=422)


def test_more_than_five_are_refused(desk: Client, trader: User) -> None:
    jobs = [completed_job(trader, name=str(number)) for number in range(6)]

    assert "Choose 2 to 5" in compared(desk, *jobs, status=422)
    assert "Choose 2 to 5" not in compared(desk, *jobs[:5])


def test_a_job_without_a_report_is_named(desk: Client, trader: User) -> None:
    running = BacktestJobFactory(owner=trader, running=True, name="<b>slow</b>")

    page = compared(desk, completed_job(trader), running, status=422)

    assert "&lt;b&gt;slow&lt;/b&gt; has no report to compare" in page


def test_another_ones_job_is_not_there(desk: Client, trader: User) -> None:
    mine, others = completed_job(trader), completed_job(None)

    compared(desk, mine, others, status=404)


def test_the_curves_come_as_json_once(desk: Client, trader: User) -> None:
    jobs = [completed_job(trader, fill_model=model) for model in ("replayed", "modeled")]
    query = {"job": [job.pk for job in jobs]}

    first = desk.get(reverse("compare_series"), query)
    second = desk.get(
        reverse("compare_series"), query, headers={"If-None-Match": first.headers["ETag"]}
    )

    curves = json.loads(first.content)["curves"]
    ends = [curve["equity"][-1] for curve in curves]
    assert ends == [
        pytest.approx(stored_tables(model)[0]["realized_pnl_usd"])
        for model in ("replayed", "modeled")
    ]
    assert second.status_code == 304


def test_damaged_tables_are_named(desk: Client, trader: User) -> None:
    jobs = [completed_job(trader), completed_job(trader, tables=b"junk")]

    answer = desk.get(reverse("compare_series"), {"job": [job.pk for job in jobs]})

    assert answer.status_code == 409


def test_five_jobs_take_as_many_queries_as_two(
    desk: Client, trader: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    jobs = [completed_job(trader, name=str(number)) for number in range(5)]

    with django_assert_max_num_queries(3):
        compared(desk, *jobs)
