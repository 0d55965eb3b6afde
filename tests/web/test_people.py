"""Who may see and do what, as one table: every address of a job, and of the pairings' changes."""

from __future__ import annotations

from typing import Any, Final

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from backtesting.models import BacktestJob
from tests.backtesting.views.reports import completed_job
from tests.factories.pairings import PairingFactory
from tests.web.routes import every_route

pytestmark = pytest.mark.django_db

JOB: Final = "/dashboard/backtesting/job/1"
ABOUT_A_JOB: Final = sorted({route.path for route in every_route() if route.path.startswith(JOB)})
ADDRESSES: Final = sorted({f"{JOB}{rest}" for rest in ("", "/cancel", "/rerun", "/delete")})
TO_LOGIN, GONE, FORBIDDEN = 302, 404, 403


@pytest.fixture
def people() -> dict[str, Client]:
    """Return a browser for each, and have a completed job that the owner asked for."""
    users = {
        "owner": User.objects.create_user("owner"),
        "another": User.objects.create_user("another"),
        "staff": User.objects.create_user("staff", is_staff=True),
        "superuser": User.objects.create_superuser("superuser"),
    }
    completed_job(users["owner"])
    browsers = {"nobody": Client()}
    for name, user in users.items():
        browsers[name] = Client()
        browsers[name].force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browsers


def ask(browser: Client, address: str) -> Any:
    """Ask of the job in the way that the address takes: read where it can be read, or else post."""
    first = BacktestJob.objects.order_by("pk").values_list("pk", flat=True)[0]
    address = address.replace(JOB, JOB.replace("1", str(first)))
    answer = browser.get(address)
    return browser.post(address) if answer.status_code == 405 else answer


def test_the_addresses_of_a_job_are_found() -> None:
    assert set(ADDRESSES) <= set(ABOUT_A_JOB)


@pytest.mark.parametrize("address", ABOUT_A_JOB)
def test_a_job_is_there_for_its_owner_and_for_staff_alone(
    people: dict[str, Client], address: str
) -> None:
    answers = {name: ask(people[name], address) for name in ("nobody", "another")}

    assert answers["nobody"].status_code == TO_LOGIN
    assert answers["nobody"].headers["Location"].startswith("/accounts/login/")
    assert answers["another"].status_code == GONE
    assert BacktestJob.objects.exists()


@pytest.mark.parametrize("person", ["owner", "staff", "superuser"])
def test_who_may_see_a_job_may_do_all_with_it(people: dict[str, Client], person: str) -> None:
    in_order = sorted(ABOUT_A_JOB, key=lambda address: "delete" in address)
    job = BacktestJob.objects.get()

    for address in in_order:
        if "/series/x" in address or "/trade/1" in address:
            continue  # of a part, or a trade, that this report has not
        assert ask(people[person], address).status_code in (200, 302), address

    assert not BacktestJob.objects.filter(pk=job.pk).exists()


@pytest.mark.parametrize("person", ["owner", "another", "staff"])
def test_pairings_are_changed_by_permission_alone(people: dict[str, Client], person: str) -> None:
    PairingFactory.create(id=1)
    unsafe = changing_pairings()
    assert unsafe

    before = {address: people[person].post(address).status_code for address in unsafe}
    user = User.objects.get(username=person)
    user.user_permissions.add(*Permission.objects.filter(content_type__app_label="pairings"))
    after = {address: people[person].post(address).status_code for address in unsafe}

    assert set(before.values()) == {FORBIDDEN}
    assert FORBIDDEN not in after.values()


def changing_pairings() -> list[str]:
    """Return the addresses of the pairings pages that take a POST."""
    root = Client()
    root.force_login(
        User.objects.create_superuser("root"), backend="django.contrib.auth.backends.ModelBackend"
    )
    pages = [one.path for one in every_route() if one.path.startswith("/dashboard/config/pairings")]
    return [path for path in sorted(set(pages)) if root.post(path).status_code != 405]
