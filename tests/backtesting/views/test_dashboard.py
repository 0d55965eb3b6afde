"""The desk: form, status, recent jobs, history, actions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from backtesting.jobs import BacktestJobRepository
from backtesting.models import BacktestJob
from tests.backtesting.sweep_samples import completed_sweep
from tests.factories.backtesting import BacktestJobFactory
from tests.factories.marketdata import make_recording, one

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def submit(owner: User, **request: object) -> BacktestJob:
    return BacktestJobRepository().submit("replay", owner, {"config": {}, **request})


def test_the_page_holds_form_status_and_jobs(desk: Client) -> None:
    answer = desk.get(reverse("backtesting"))

    page = answer.content.decode()
    assert answer.status_code == 200
    for part in ("backtesting-panel", "run-form", "status-card", "job-table"):
        assert page.count(f'id="{part}"') == 1
    assert "<!doctype html>" in page.lower()


def test_the_panel_comes_alone_to_htmx_and_whole_to_others(desk: Client) -> None:
    alone = desk.get(reverse("backtesting_panel"), headers=HTMX).content.decode()
    whole = desk.get(reverse("backtesting_panel")).content.decode()
    restored = desk.get(
        reverse("backtesting"), headers=HTMX | {"HX-History-Restore-Request": "true"}
    ).content.decode()

    assert alone.lstrip().startswith('<div id="backtesting-panel"')
    assert "<!doctype html>" in whole.lower()
    assert "<!doctype html>" in restored.lower()


def test_it_polls_only_while_there_is_something_to_wait_for(desk: Client, trader: User) -> None:
    quiet = desk.get(reverse("backtesting_live"), headers=HTMX).content.decode()
    job = submit(trader)
    busy = desk.get(reverse("backtesting_live"), headers=HTMX).content.decode()
    BacktestJobRepository().cancel(job.pk)
    done = desk.get(reverse("backtesting_live"), headers=HTMX).content.decode()

    assert "hx-trigger" not in quiet
    assert 'hx-trigger="every 2s"' in busy
    assert "No worker is alive" in busy
    assert 'hx-trigger="every 2s"' not in done


def test_a_queued_job_is_cancelled_at_once(desk: Client, trader: User) -> None:
    job = submit(trader)

    answer = desk.post(reverse("job_cancel", args=[job.pk]), headers=HTMX)

    job.refresh_from_db()
    assert answer.status_code == 200
    assert job.status == BacktestJob.Status.CANCELLED


@pytest.mark.parametrize("action", ["job_cancel", "job_rerun", "job_rename", "job_delete"])
def test_another_persons_job_is_not_there(desk: Client, action: str) -> None:
    other = get_user_model().objects.create_user("bob")
    job = submit(other)

    answer = desk.post(reverse(action, args=[job.pk]))

    job.refresh_from_db()
    assert answer.status_code == 404
    assert job.status == BacktestJob.Status.QUEUED


@pytest.mark.parametrize("action", ["job_cancel", "job_rerun", "job_rename", "job_delete"])
def test_a_get_changes_nothing(desk: Client, trader: User, action: str) -> None:
    job = submit(trader)

    assert desk.get(reverse(action, args=[job.pk])).status_code == 405


def test_a_job_is_run_again_under_the_other_model(desk: Client, trader: User) -> None:
    job = submit(trader, balances={"USD": 5.0})

    desk.post(reverse("job_rerun", args=[job.pk]), {"fill_model": "replayed"})

    again = BacktestJob.objects.exclude(pk=job.pk).get()
    assert again.request == {"config": {"fill_model": "replayed"}, "balances": {"USD": 5.0}}
    assert again.parent_id == job.pk


def test_a_job_is_named_and_deleted(desk: Client, trader: User) -> None:
    job = submit(trader)
    BacktestJobRepository().cancel(job.pk)

    desk.post(reverse("job_rename", args=[job.pk]), {"name": "<b>bold</b>", "notes": "so"})
    page = desk.get(reverse("job_history")).content.decode()
    desk.post(reverse("job_delete", args=[job.pk]))

    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert not BacktestJob.objects.exists()


@pytest.mark.parametrize("typed", [{"name": "a" * 201}, {"notes": "b" * 20_001}])
def test_a_name_that_does_not_fit_comes_back_as_it_was_typed(
    desk: Client, trader: User, typed: dict[str, str]
) -> None:
    job = submit(trader)

    answer = desk.post(reverse("job_rename", args=[job.pk]), typed | {"next": "//elsewhere/"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert next(iter(typed.values())) in page
    assert "Ensure this value has at most" in page
    assert "elsewhere" not in page
    job.refresh_from_db()
    assert (job.name, job.notes) == ("", "")


def test_history_is_paged_by_key_and_filtered(
    desk: Client, trader: User, settings: Settings
) -> None:
    settings.JOB_QUEUE_PER_USER = 100
    jobs = [submit(trader) for _ in range(23)]
    BacktestJobRepository().cancel(jobs[0].pk)

    first = desk.get(reverse("job_history")).content.decode()
    older = re.search(r'href="([^"]+after=[^"]+)"', first)
    assert older
    second = desk.get(older[1].replace("&amp;", "&")).content.decode()
    cancelled = desk.get(reverse("job_history"), {"status": "cancelled"}).content.decode()

    def shown(page: str) -> list[int]:
        return [int(pk) for pk in re.findall(r'id="job-(\d+)"', page)]

    assert shown(first) == [job.pk for job in reversed(jobs)][:20]
    assert shown(second) == [job.pk for job in reversed(jobs)][20:]
    assert shown(cancelled) == [jobs[0].pk]


@pytest.mark.parametrize(
    "key", ["x", "2026-01-01_1", "_", "2026-01-01T00:00:00+00:00_x", "9" * 400]
)
def test_a_page_key_that_is_none_shows_the_first_page(desk: Client, key: str) -> None:
    assert desk.get(reverse("job_history"), {"after": key}).status_code == 200


def test_the_panel_takes_the_same_few_queries_however_many_jobs(
    desk: Client,
    trader: User,
    settings: Settings,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    settings.JOB_QUEUE_PER_USER = 100
    for _ in range(30):
        submit(trader)

    with django_assert_max_num_queries(5):  # three, and two for the login
        desk.get(reverse("backtesting_panel"), headers=HTMX)


def test_who_has_nothing_recorded_is_told_what_to_do_first(desk: Client) -> None:
    def card_of() -> str:
        page = desk.get(reverse("backtesting")).content.decode()
        return page.partition('id="status-card"')[2].partition("</article>")[0]

    card = card_of()
    make_recording([one(0)])

    assert "import_snapshots FILE" in card
    assert "manage.py demo" in card
    assert "import_snapshots" not in card_of()
    assert "Choose a recording and press Run" in card_of()


def test_the_card_of_a_failed_job_leads_to_what_to_do(desk: Client, trader: User) -> None:
    job = BacktestJobFactory.create(
        owner=trader, finished=True, status=BacktestJob.Status.FAILED, error_code="refused"
    )

    card = desk.get(reverse("backtesting_live"), headers=HTMX).content.decode()

    link = f'<a href="{reverse("job", args=[job.pk])}" role="button" class="outline">What to do'
    assert link in card.partition('id="status-card"')[2].partition("</article>")[0]


def test_no_time_is_said_to_be_left_while_the_sets_are_judged(desk: Client, trader: User) -> None:
    job = BacktestJobFactory.create(
        owner=trader, running=True, progress_done=50, progress_total=100, progress_rate=10.0
    )
    assert "5.0 s left" in desk.get(reverse("backtesting_live"), headers=HTMX).content.decode()

    BacktestJob.objects.filter(pk=job.pk).update(progress_done=99)

    assert " left" not in desk.get(reverse("backtesting_live"), headers=HTMX).content.decode()


def test_the_list_says_what_the_figures_of_a_sweep_are_of(desk: Client, trader: User) -> None:
    BacktestJobFactory.create(owner=trader, finished=True, pnl=5.0, pnl_asset="USD", trades=1)
    rows = desk.get(reverse("job_history")).content.decode()
    assert "best set, in test" not in rows

    completed_sweep(trader)

    assert "best set, in test" in desk.get(reverse("job_history")).content.decode()


def test_a_filter_that_finds_nothing_leads_back_to_all(desk: Client) -> None:
    empty = desk.get(reverse("job_history")).content.decode()
    filtered = desk.get(reverse("job_history"), {"name": "x"}).content.decode()

    assert "run one" in empty
    assert "No backtest is like that." in filtered
    assert f'href="{reverse("job_history")}">Show all' in filtered
