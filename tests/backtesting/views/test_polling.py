"""A page that asks every two seconds is answered cheaply, and told when to stop."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backtesting.models import BacktestJob
from backtesting.views import polling
from backtesting.workers import show_alive
from tests.factories.backtesting import AT, BacktestJobFactory, multiply_job

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpResponse

pytestmark = pytest.mark.django_db


@pytest.fixture
def poll(trader: User, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what asks for the live part, with the tag of an earlier answer if there is one."""
    monkeypatch.setattr(polling, "_FRESH_S", 10**9)  # so that no test comes upon the turn of it
    client = Client()
    client.force_login(trader)

    def ask(known: HttpResponse | None = None) -> Any:
        tag = {"If-None-Match": known.headers["ETag"]} if known else {}
        return client.get(reverse("backtesting_live"), headers={"HX-Request": "true", **tag})

    return ask


def test_what_has_not_changed_is_not_sent_again(poll: Any, trader: User) -> None:
    BacktestJobFactory.create(owner=trader, running=True)
    first = poll()

    again = poll(first)

    assert (first.status_code, again.status_code) == (200, 304)
    assert again.content == b""
    assert again.headers["ETag"] == first.headers["ETag"]
    assert "Cookie" in again.headers["Vary"]


@pytest.mark.parametrize(
    "change",
    [
        {"progress_done": 3, "progress_total": 9},
        {"progress_note": "replaying"},
        {"cancel_requested_at": AT},
        {"lease_expires_at": AT},
        {"name": "mine"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_changes_of_a_job_is_sent(
    poll: Any, trader: User, change: dict[str, object]
) -> None:
    job = BacktestJobFactory.create(owner=trader, running=True)
    first = poll()

    BacktestJob.objects.filter(pk=job.pk).update(**change)

    assert poll(first).status_code == 200


def test_a_worker_that_comes_is_sent(poll: Any, trader: User) -> None:
    BacktestJobFactory.create(owner=trader)
    first = poll()

    show_alive("host:1", restarts=0, note="")

    assert poll(first).status_code == 200


def test_a_lease_that_runs_out_is_sent_though_no_row_has_changed(
    poll: Any, trader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    BacktestJobFactory.create(owner=trader, running=True)
    first = poll()

    later = timezone.now() + timedelta(hours=1)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)

    assert poll(first).status_code == 200


def test_words_of_time_are_renewed(
    poll: Any, trader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    BacktestJobFactory.create(owner=trader)
    first = poll()

    monkeypatch.setattr(polling, "_FRESH_S", 10**6)

    assert poll(first).status_code == 200


def test_when_nothing_more_will_come_it_says_so(poll: Any, trader: User) -> None:
    BacktestJobFactory.create(owner=trader, finished=True)

    answer = poll()

    assert answer.status_code == 286
    assert b'id="backtesting-live"' in answer.content
    assert b"every 2s" not in answer.content


@pytest.mark.parametrize("jobs", [10, 5_000])
def test_it_takes_the_same_few_queries_with_however_many_jobs(
    poll: Any, trader: User, jobs: int, django_assert_max_num_queries: Any
) -> None:
    multiply_job(BacktestJobFactory.create(owner=trader, finished=True).pk, jobs)

    with django_assert_max_num_queries(5):  # session and user among them
        poll()
