"""Promoting a set, withdrawing it, the list of the promoted, and who may do so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from backtesting.jobs import BacktestJobRepository
from backtesting.models import Promotion
from backtesting.sweeps.promotions import PromotionError, promote, withdraw
from tests.backtesting.commands import run_command
from tests.backtesting.sweep_samples import EASY, artifacts_of, completed_sweep

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from backtesting.models import BacktestJob

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def ready() -> int:
    """Return a set that passes the five gates."""
    return next(one.index for one in artifacts_of().results if one.promotion_ready)


@pytest.fixture
def failing() -> int:
    return next(one.index for one in artifacts_of().results if not one.promotion_ready)


@pytest.fixture
def trader() -> User:
    user: User = get_user_model().objects.create_user("ada")
    user.user_permissions.add(Permission.objects.get(codename="add_promotion"))
    return user


def send(desk: Client, job: BacktestJob, index: int, **typed: str) -> Any:
    return desk.post(reverse("sweep_promote", args=[job.pk, index]), typed)


def test_a_ready_set_is_promoted_with_who_when_and_why(
    desk: Client, trader: User, ready: int
) -> None:
    job = completed_sweep(trader)

    answer = send(desk, job, ready, note="calm and steady")

    assert answer["Location"] == reverse("sweep_set", args=[job.pk, ready])
    found = Promotion.objects.get()
    assert (found.job_id, found.job_number, found.index) == (job.pk, job.pk, ready)
    assert (found.was_ready, found.was_robust) == (True, False)
    assert (found.by, found.by_name, found.note) == (trader, "ada", "calm and steady")
    result = artifacts_of().result(ready)
    assert found.config == result.train["config"]
    assert found.universe == list(result.parameters.universe or ())
    page = desk.get(reverse("promotions")).content.decode()
    assert "calm and steady" in page
    assert "Promoted by ada" in desk.get(answer["Location"]).content.decode()


def test_a_robust_set_is_promoted_as_robust(desk: Client, trader: User) -> None:
    job = completed_sweep(trader, limits=EASY)
    robust = next(one for one in artifacts_of(tuple(sorted(EASY.items()))).results if one.robust)

    send(desk, job, robust.index)

    assert Promotion.objects.get().was_robust


@pytest.mark.parametrize(
    "typed", [{}, {"note": "a hunch"}, {"confirm": "1"}, {"confirm": "1", "note": " "}]
)
def test_a_set_that_fails_gates_takes_a_confirmation_and_a_note(
    desk: Client, trader: User, typed: dict[str, str], failing: int
) -> None:
    job = completed_sweep(trader)

    answer = send(desk, job, failing, **typed)

    assert answer.status_code == 422
    page = answer.content.decode()
    form = page.partition('id="sweep-promote"')[2]
    assert "confirm that, and write in the note why" in form
    assert 'aria-invalid="true" aria-describedby="promote-error"' in form
    assert typed.get("note", "") in page
    assert not Promotion.objects.exists()


def test_a_set_that_fails_gates_is_promoted_when_both_are_given(
    desk: Client, trader: User, failing: int
) -> None:
    job = completed_sweep(trader)

    send(desk, job, failing, confirm="1", note="to compare with")

    assert not Promotion.objects.get().was_ready


def test_a_set_is_promoted_once_until_it_is_withdrawn(
    desk: Client, trader: User, ready: int
) -> None:
    job = completed_sweep(trader)
    send(desk, job, ready)

    again = send(desk, job, ready)
    first = Promotion.objects.get()
    desk.post(reverse("promotion_withdraw", args=[first.pk]))
    desk.post(reverse("promotion_withdraw", args=[first.pk]))
    send(desk, job, ready)

    assert again.status_code == 422
    assert "promoted already" in again.content.decode()
    first.refresh_from_db()
    assert first.withdrawn_at is not None
    assert first.withdrawn_by == trader
    assert Promotion.objects.filter(withdrawn_at=None).count() == 1
    listed = desk.get(reverse("promotions"), headers=HTMX).content.decode()
    assert "withdrawn 2" not in listed
    assert 'id="promotion-table"' in listed
    everything = desk.get(reverse("promotions"), {"withdrawn": 1}).content.decode()
    assert "withdrawn <time" in everything
    assert f"by {trader.username}" in everything


def test_only_a_completed_sweep_has_sets_to_promote(trader: User, ready: int) -> None:
    job = completed_sweep(trader, status="cancelled")

    with pytest.raises(PromotionError, match="only sets of a completed sweep"):
        promote(job, artifacts_of(), artifacts_of().result(ready), trader)


def test_it_takes_the_permission_or_staff(trader: User, ready: int) -> None:
    eve = get_user_model().objects.create_user("eve")
    own = completed_sweep(eve)
    client = Client()
    client.force_login(eve)

    assert send(client, own, ready).status_code == 403
    page = client.get(reverse("sweep_set", args=[own.pk, ready])).content.decode()
    assert "You may not promote sets" in page
    assert send(client, completed_sweep(trader), ready).status_code == 404
    eve.is_staff = True
    eve.save()
    assert send(client, own, ready).status_code == 302


def test_promotions_of_others_are_neither_seen_nor_withdrawn(desk: Client, ready: int) -> None:
    eve = get_user_model().objects.create_user("eve")
    job = completed_sweep(eve)
    found = promote(job, artifacts_of(), artifacts_of().result(ready), eve, note="mine")

    assert "mine" not in desk.get(reverse("promotions")).content.decode()
    assert desk.post(reverse("promotion_withdraw", args=[found.pk])).status_code == 404


def test_wrong_methods_are_refused(desk: Client, trader: User) -> None:
    job = completed_sweep(trader)

    assert desk.get(reverse("sweep_promote", args=[job.pk, 0])).status_code == 405
    assert desk.post(reverse("promotions")).status_code == 405
    assert desk.get(reverse("promotion_withdraw", args=[1])).status_code == 405


def test_a_promotion_outlives_its_sweep(desk: Client, trader: User, ready: int) -> None:
    job = completed_sweep(trader)
    send(desk, job, ready, note="kept")

    BacktestJobRepository().delete(job.pk)

    page = desk.get(reverse("promotions")).content.decode()
    assert "kept" in page
    assert "deleted since" in page


def test_the_command_prints_what_stands_as_json(
    trader: User, capsys: pytest.CaptureFixture[str], ready: int
) -> None:
    job = completed_sweep(trader)
    artifacts = artifacts_of()
    gone = promote(job, artifacts, artifacts.result(0), trader, note="no", is_confirmed=True)
    withdraw(gone.pk, trader)
    found = promote(job, artifacts, artifacts.result(ready), trader, note="calm")

    printed = run_command(capsys, "promoted", "--json").json()
    table = run_command(capsys, "promoted").out

    assert printed == {
        "promoted": [
            {
                "job": job.pk,
                "index": ready,
                "config": json.loads(json.dumps(found.config)),
                "universe": found.universe,
                "was_ready": True,
                "was_robust": False,
                "by": "ada",
                "at": found.at.isoformat(),
                "note": "calm",
            }
        ]
    }
    assert str(ready) in table
    assert "calm" in table


def test_the_command_says_where_nothing_is_promoted(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(capsys, "promoted").out == "Nothing is promoted.\n"
    assert run_command(capsys, "promoted", "--json").json() == {"promoted": []}
