"""The page of one job: how it stands, how it is answered, and who may see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from backtesting.models import BacktestJob
from tests.backtesting.views.reports import completed_job, page_of
from tests.factories.backtesting import AT, BacktestJobFactory

if TYPE_CHECKING:
    from django.contrib.auth.models import User

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
RESTORED = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
HOSTILE = "<script>alert(1)</script>"
PARTS = ("equity", "hours", "cycles", "pnl", "latency")


def made(**fields: Any) -> BacktestJob:
    job: BacktestJob = BacktestJobFactory.create(**fields)
    return job


def test_the_page_the_fragment_and_the_restored_page(desk: Client, trader: User) -> None:
    job = completed_job(trader)

    whole, part, restored = (page_of(desk, job, **headers) for headers in ({}, HTMX, RESTORED))

    assert "<!doctype html>" in whole.lower()
    assert "<!doctype html>" in restored.lower()
    assert part.strip().startswith('<div id="report-body"')
    assert whole.count('id="report-body"') == restored.count('id="report-body"') == 1


def test_a_page_of_it_says_that_it_varies(desk: Client, trader: User) -> None:
    answer = desk.get(reverse("job", args=[completed_job(trader).pk]))

    assert "HX-Request" in answer.headers["Vary"]


@pytest.mark.parametrize("name", ["job", "job_report_json", "job_trades", "job_trades_csv"])
def test_only_reading_is_allowed(desk: Client, trader: User, name: str) -> None:
    answer = desk.post(reverse(name, args=[completed_job(trader).pk]))

    assert answer.status_code == 405


def addresses(job: BacktestJob) -> list[str]:
    return [
        *(
            reverse(name, args=[job.pk])
            for name in ("job", "job_report_json", "job_trades", "job_trades_csv")
        ),
        *(reverse("job_series", args=[job.pk, part]) for part in PARTS),
        reverse("job_trade", args=[job.pk, 1]),
    ]


def test_another_ones_job_is_not_there(desk: Client) -> None:
    other = get_user_model().objects.create_user("eve")
    job = completed_job(other)

    statuses = {desk.get(address).status_code for address in addresses(job)}

    assert statuses == {404}


def test_staff_sees_everybodys(trader: User) -> None:
    client = Client()
    client.force_login(get_user_model().objects.create_user("root", is_staff=True))
    job = completed_job(trader)

    statuses = {client.get(address).status_code for address in addresses(job)}

    assert statuses == {200}


def test_strangers_are_led_to_the_login(client: Client, trader: User) -> None:
    job = completed_job(trader)

    answers = [client.get(address) for address in addresses(job)]

    assert {answer.status_code for answer in answers} == {302}
    assert all(reverse("login") in answer.headers["Location"] for answer in answers)


@pytest.mark.parametrize("state", [{}, {"running": True}])
def test_an_unfinished_job_shows_its_card_and_asks_again(
    desk: Client, trader: User, state: dict[str, bool]
) -> None:
    job = made(owner=trader, **state)

    part = page_of(desk, job, **HTMX)

    assert 'id="status-card"' in part
    assert 'hx-trigger="every 2s"' in part
    assert "Report JSON" not in part


@pytest.mark.parametrize(("kind", "name"), [("replay", "job"), ("sweep", "sweep")])
def test_without_javascript_a_running_job_is_loaded_again(
    desk: Client, trader: User, kind: str, name: str
) -> None:
    running = BacktestJobFactory.create(owner=trader, kind=kind, running=True)
    ended = BacktestJobFactory.create(
        owner=trader, kind=kind, finished=True, status=BacktestJob.Status.CANCELLED
    )

    def head_of(job: BacktestJob) -> str:
        return desk.get(reverse(name, args=[job.pk])).content.decode().partition("</head>")[0]

    refresh = '<noscript><meta http-equiv="refresh" content="5" /></noscript>'
    assert refresh in head_of(running)
    assert refresh not in head_of(ended)


def test_a_finished_job_does_not_ask_again(desk: Client, trader: User) -> None:
    assert "hx-trigger" not in page_of(desk, completed_job(trader), **HTMX)


@pytest.mark.parametrize(
    ("code", "remedy"), [("worker_lost", "died twice"), ("odd", "log of the worker")]
)
def test_a_failed_job_says_why_and_what_to_do(
    desk: Client, trader: User, code: str, remedy: str
) -> None:
    job = made(
        owner=trader,
        status=BacktestJob.Status.FAILED,
        finished_at=AT,
        error_code=code,
        error_detail=f"it broke {HOSTILE}",
    )

    page = page_of(desk, job)

    assert f"It failed: {code}" in page
    assert "it broke &lt;script&gt;" in page
    assert remedy in page


def test_a_cancelled_job_says_so(desk: Client, trader: User) -> None:
    job = made(owner=trader, status=BacktestJob.Status.CANCELLED, finished_at=AT)

    assert "cancelled before it was done" in page_of(desk, job)


def test_a_completed_job_without_a_report_of_ours_says_so(desk: Client, trader: User) -> None:
    job = made(owner=trader, finished=True)

    assert "its report cannot be shown" in page_of(desk, job)
    assert desk.get(reverse("job_report_json", args=[job.pk])).status_code == 404
