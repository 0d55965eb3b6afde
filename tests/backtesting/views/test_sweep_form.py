"""The page of the sweep form: what it shows, what it counts, and the job it queues."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from backtesting.models import BacktestJob
from backtesting.sweeps.requests import SweepRequest
from tests.backtesting.sweep_samples import completed_sweep
from tests.factories.backtesting import BacktestJobFactory
from tests.factories.marketdata import make_recording, random_events

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
VALID = {
    "balances": "USD=1000",
    "thetas": "5..20 step 5 bps",
    "capitals": "50, 100",
    "fill_models": "replayed",
    "fee": "zero",
}


@pytest.fixture
def _recorded() -> None:
    make_recording(random_events(200), name="march")


def send(desk: Client, **typed: str) -> Any:
    return desk.post(reverse("sweep_run"), VALID | typed, headers=HTMX)


def counted(desk: Client, **typed: str) -> str:
    answer = desk.get(reverse("sweep_count"), VALID | typed, headers=HTMX)
    return " ".join(answer.content.decode().split())


def test_the_page_has_its_form_and_the_fragment_is_the_form_alone(desk: Client) -> None:
    page = desk.get(reverse("sweep_form")).content.decode()
    part = desk.get(reverse("sweep_form"), headers=HTMX).content.decode()

    assert "<html" in page
    assert "0.0005..0.002 step 0.0005" in page
    assert part.lstrip().startswith("<form")
    restored = desk.get(
        reverse("sweep_form"), headers={**HTMX, "HX-History-Restore-Request": "true"}
    )
    assert "<html" in restored.content.decode()


def test_wrong_methods_are_refused(desk: Client) -> None:
    assert desk.post(reverse("sweep_form")).status_code == 405
    assert desk.post(reverse("sweep_count")).status_code == 405
    assert desk.get(reverse("sweep_run")).status_code == 405


@pytest.mark.usefixtures("_recorded")
def test_sets_are_counted_with_what_they_try_and_how_long_it_takes(desk: Client) -> None:
    words = counted(desk)

    assert "<strong>8</strong> parameter sets" in words
    assert "Profit threshold: 4 values, 5 bps, 10 bps, 15 bps, 20 bps" in words
    assert "200 books of 3 symbols from march" in words
    assert "no sweep of any size has run here yet, so this is a guess" in words


@pytest.mark.usefixtures("_recorded")
def test_the_time_is_judged_by_sweeps_that_ran_here(desk: Client) -> None:
    job = completed_sweep()
    assert "a guess" in counted(desk)  # so small a sweep says nothing

    BacktestJob.objects.filter(pk=job.pk).update(events=10_000_000)

    assert "judged by the last 1 sweep here" in counted(desk)


@pytest.mark.usefixtures("_recorded")
def test_without_javascript_the_count_is_a_page_with_what_was_typed(desk: Client) -> None:
    page = desk.get(reverse("sweep_count"), VALID).content.decode()

    assert "<html" in page
    assert "5..20 step 5 bps" in page
    assert "<strong>8</strong> parameter sets" in page


@pytest.mark.usefixtures("_recorded", "counted_only")
def test_a_billion_cells_are_counted_and_refused_without_making_any(desk: Client) -> None:
    typed = {"thetas": "0..0.1 step 0.0001", "capitals": "1..1000 step 1"}

    words = counted(desk, latencies="1..1000 step 1", **typed)

    assert "1,001,000,000" in words
    assert "more than the 10,000 allowed" in words


@pytest.mark.usefixtures("_recorded")
def test_more_work_than_allowed_is_counted_refused_and_not_queued(
    desk: Client, settings: Settings
) -> None:
    settings.SWEEP_MAX_SET_EVENTS = 7

    words = counted(desk)
    answer = desk.post(reverse("sweep_run"), VALID)

    assert "8 parameter sets over" in words
    assert "more than the 7 allowed (SWEEP_MAX_SET_EVENTS)" in words
    assert answer.status_code == 422
    assert not BacktestJob.objects.exists()


def test_what_cannot_be_read_is_not_counted_over(desk: Client) -> None:
    words = counted(desk, thetas="junk, 5")

    assert "is no number" in words
    assert "<strong>-</strong> parameter sets" in words


@pytest.mark.usefixtures("_recorded")
def test_a_fee_that_is_not_known_is_said_before_the_sweep(desk: Client) -> None:
    answer = desk.post(reverse("sweep_run"), VALID | {"fee": "account"})

    assert "No fee is known for" in counted(desk, fee="account")
    assert "No fee is known for" not in counted(desk, fee="flat", fee_percent="0.1, 0.2")
    assert answer.status_code == 422
    assert not BacktestJob.objects.exists()


def test_staff_may_ask_for_more(desk: Client, trader: User) -> None:
    many = {"capitals": "1..5000 step 1"}

    assert "more than the 10,000 allowed" in counted(desk, **many)
    trader.is_staff = True
    trader.save()
    assert "allowed" not in counted(desk, **many)


@pytest.mark.usefixtures("_recorded")
def test_a_valid_form_queues_one_sweep_however_often_it_is_sent(desk: Client, trader: User) -> None:
    form = {"submission_id": str(uuid.uuid4()), "name": "first"}

    first = send(desk, **form)
    send(desk, **form)

    job = BacktestJob.objects.get()
    assert (first.status_code, first["HX-Redirect"]) == (204, reverse("sweep", args=[job.pk]))
    assert (job.kind, job.owner_id, job.name) == ("sweep", trader.pk, "first")
    assert SweepRequest.from_json(job.request).axes.count == 8


@pytest.mark.usefixtures("_recorded")
def test_a_form_without_javascript_leads_to_its_sweep(desk: Client) -> None:
    answer = desk.post(reverse("sweep_run"), VALID)

    assert answer.status_code == 302
    assert answer["Location"] == reverse("sweep", args=[BacktestJob.objects.get().pk])


def test_errors_stand_at_their_field_and_nothing_typed_is_lost(desk: Client) -> None:
    answer = send(desk, thetas="cheap", name="keep me")

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "&#x27;cheap&#x27; is no number" in page
    assert "keep me" in page
    assert not BacktestJob.objects.exists()


def test_what_finds_nothing_is_refused(desk: Client) -> None:
    answer = send(desk)

    assert answer.status_code == 422
    assert not BacktestJob.objects.exists()


@pytest.mark.usefixtures("_recorded")
def test_the_queue_takes_only_so_many(desk: Client, settings: Settings) -> None:
    settings.JOB_QUEUE_PER_USER = 1
    send(desk)

    answer = send(desk, name="second")

    assert answer.status_code == 422
    assert "wait in the queue" in answer.content.decode()
    assert BacktestJob.objects.count() == 1


def test_a_sweep_is_copied_into_the_form_and_another_users_is_not(
    desk: Client, trader: User
) -> None:
    own = completed_sweep(trader, name="first")
    others = completed_sweep(get_user_model().objects.create_user("eve"))

    page = desk.get(reverse("sweep_form"), {"copy": own.pk}).content.decode()

    assert "As first" in page
    assert "BTC/USD, ETH/BTC, ETH/USD" in page
    assert desk.get(reverse("sweep_form"), {"copy": others.pk}).status_code == 404
    assert desk.get(reverse("sweep_form"), {"copy": "x"}).status_code == 404
    led = desk.get(reverse("backtesting"), {"copy": own.pk})
    assert led["Location"] == f"{reverse('sweep_form')}?copy={own.pk}"


def test_lists_of_jobs_lead_to_the_page_of_a_sweep(desk: Client, trader: User) -> None:
    sweep = completed_sweep(trader)
    replay = BacktestJobFactory.create(finished=True, owner=trader)

    page = desk.get(reverse("backtesting")).content.decode()

    assert f'href="{reverse("sweep", args=[sweep.pk])}"' in page
    assert f'href="{reverse("job", args=[replay.pk])}"' in page
    assert f'id="compare-{replay.pk}"' in page
    assert f'id="compare-{sweep.pk}"' not in page
    assert "24 sets" in page
    manage = desk.get(reverse("job_manage", args=[sweep.pk])).content.decode()
    assert f"{reverse('sweep_form')}?copy={sweep.pk}" in manage
