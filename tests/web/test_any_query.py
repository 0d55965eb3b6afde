"""Whatever stands in an address or a form is answered: never with the error of a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse

from config.http import whole_number
from tests.backtesting.sweep_samples import completed_sweep
from tests.backtesting.views.reports import completed_job
from tests.factories.pairings import PairingFactory
from tests.web.routes import every_route

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db

# Django answers for its own pages; a deleted job would be missed by the routes after it.
ROUTES = [
    route.path
    for route in every_route()
    if route.path.startswith("/dashboard") and route.name != "job_delete"
]
NAMES = (
    *("after", "anchored", "balances", "confirm", "copy", "enable", "end", "fee_volume", "figure"),
    *("fill_model", "folds", "force", "job", "name", "next", "note", "notes", "page", "q"),
    *("recordings", "set", "sort", "start", "status", "submission_id", "symbol", "symbols"),
    *("universes", "verdict", "way", "withdrawn", "x", "y"),
)
ODD = {
    "more digits than Python reads": "9" * 5000,
    "more than a database counts": "9" * 30,
    "as much as a number may have": "9" * 18,
    "a number of another script": "\u0663",
    "a time before all times": "0001-01-01T00:00:00+23:00_5",
    "a key too large": "2026-01-01T00:00:00+00:00_" + "9" * 30,
    "the name of a view": "admin:index",
    "markup": "<script>'; DROP TABLE--",
}


@pytest.fixture
def desk(settings: Settings) -> Client:
    settings.JOB_BELL = "tests.backtesting.views.silence.ring"
    PairingFactory.create()
    client = Client(raise_request_exception=False)
    user = User.objects.create_superuser("root")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
def test_no_value_breaks_a_page(desk: Client, value: str) -> None:
    job, sweep = completed_job().pk, completed_sweep().pk
    asked = dict.fromkeys(NAMES, value)
    answers = [
        send(path.replace("/job/1", f"/job/{job}").replace("/sweep/1", f"/sweep/{sweep}"), asked)
        for path in ROUTES
        for send in (desk.get, desk.post)
    ]
    # Where all stand together, one that is refused keeps the page from looking at the next.
    answers += [desk.get(reverse("job_history"), {name: value}) for name in NAMES]
    answers += [desk.post(reverse("job_rename", args=[job]), {"name": value, "notes": value})]

    broken = [(one.request["PATH_INFO"], one.exc_info[1]) for one in answers if one.exc_info]  # type: ignore[attr-defined]  # the test client adds it

    assert broken == []
    assert {200, 302, 405} <= {one.status_code for one in answers}


@pytest.mark.django_db(transaction=True)
def test_a_byte_that_postgresql_keeps_in_no_text_is_a_bad_request(desk: Client) -> None:
    job = completed_job().pk

    answers = [
        desk.get(reverse("job_history"), {"name": "a\x00b"}),
        desk.get(reverse("pairing_coverage"), {"symbol": "a\x00b"}),
    ]
    typed = desk.post(reverse("job_rename", args=[job]), {"notes": "a\x00b"})

    taken = {400} if connection.vendor == "postgresql" else {200}
    assert {one.status_code for one in answers} == taken
    assert typed.status_code == 422


def test_a_job_that_is_none_can_be_asked_for_by_any_number(desk: Client) -> None:
    absent = desk.get(reverse("backtesting"), {"copy": "9" * 18})

    assert absent.status_code == 404


def test_a_number_is_one_that_a_database_takes() -> None:
    assert whole_number("9" * 18) == 10**18 - 1
    assert whole_number("0") == 0
    assert {whole_number(text) for text in ("9" * 19, "-1", "1.0", "\u0663", "", None)} == {None}
