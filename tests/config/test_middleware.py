"""Whence a request comes, how large it may be, and who is told to log in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.urls import reverse

from tests.factories.pairings import PairingFactory

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
WRONG = "wrong"
PASSWORD = "a-good-long-one"  # noqa: S105 - of a user that lives for one test


def log_in(
    client: Client, *, name: str = "trader", password: str = WRONG, forwarded_for: str = ""
) -> Any:
    return client.post(
        reverse("login"),
        {"username": name, "password": password},
        headers={"X-Forwarded-For": forwarded_for},
    )


@pytest.fixture
def _trader() -> None:
    User.objects.create_user("trader", password=PASSWORD)


def test_a_body_over_the_limit_is_refused_unread(admin_client: Client, settings: Settings) -> None:
    settings.MAX_BODY_BYTES = 1024**2

    response = admin_client.post(reverse("pairings_load"), {"file": "x" * 1024**2})

    assert response.status_code == 413
    assert b"more than 1 MiB" in response.content


def test_a_length_that_is_no_number_harms_nobody(admin_client: Client) -> None:
    response = admin_client.get(reverse("pairings"), CONTENT_LENGTH="many")

    assert response.status_code == 200


def test_a_page_leads_to_the_login_and_back(client: Client) -> None:
    response = client.get("/dashboard/config/pairings?q=BTC")

    assert response.headers["Location"] == (
        "/accounts/login/?next=/dashboard/config/pairings%3Fq%3DBTC"
    )


def test_a_part_leads_the_whole_page_to_the_login(client: Client) -> None:
    response = client.get(
        "/dashboard/config/pairings/coverage",
        headers=HTMX | {"HX-Current-URL": "http://testserver/dashboard/config/pairings?q=A"},
    )

    assert response.status_code == 401
    assert response.headers["HX-Redirect"] == (
        "/accounts/login/?next=/dashboard/config/pairings%3Fq%3DA"
    )


def test_the_page_that_a_part_claims_to_stand_in_cannot_be_another_site(client: Client) -> None:
    response = client.get(
        "/dashboard/config/pairings",
        headers=HTMX | {"HX-Current-URL": "https://evil.example/steal"},
    )

    assert response.headers["HX-Redirect"] == "/accounts/login/?next=/"


def test_the_messages_of_a_part_come_in_a_header_once(admin_client: Client) -> None:
    pairing = PairingFactory.create(symbol="BTC/USD")

    response = admin_client.post(
        reverse("pairings_switch"), {"enable": str(pairing.pk)}, headers=HTMX
    )

    said = json.loads(response.headers["HX-Trigger"])["messages"]["messages"]
    assert said == [{"level": "success", "text": "BTC/USD is enabled."}]
    assert "BTC/USD is enabled" not in admin_client.get(reverse("pairings")).content.decode()


@pytest.mark.usefixtures("_trader")
def test_the_right_password_lets_in(client: Client) -> None:
    response = log_in(client, password=PASSWORD)

    assert response.headers["Location"] == "/"


@pytest.mark.usefixtures("_trader")
def test_a_login_makes_a_session_anew_for_half_a_day(client: Client) -> None:
    client.get(reverse("login"))
    response = log_in(client, password=PASSWORD)

    cookie = response.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 12 * 3600
    assert response.cookies["csrftoken"]["httponly"]


@pytest.mark.usefixtures("_trader")
def test_the_twentieth_wrong_password_is_the_last(client: Client) -> None:
    statuses = [log_in(client).status_code for _ in range(21)]

    assert statuses[:19] == [200] * 19
    assert statuses[20] == 429
    assert log_in(client, password=PASSWORD).status_code == 429


@pytest.mark.usefixtures("_trader")
def test_another_claimed_address_does_not_help_who_guesses(client: Client) -> None:
    for number in range(21):
        log_in(client, forwarded_for=f"192.0.2.{number}")

    assert log_in(client, forwarded_for="192.0.2.99").status_code == 429
    assert (
        AccessAttempt.objects.values_list("ip_address", flat=True).distinct().get() == "127.0.0.1"
    )


@pytest.mark.usefixtures("_trader")
def test_behind_a_proxy_one_who_guesses_does_not_lock_out_the_others(
    client: Client, settings: Settings
) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    for _ in range(21):
        log_in(client, name="guessed", forwarded_for="203.0.113.1, 192.0.2.1")

    same = log_in(client, forwarded_for="198.51.100.7, 192.0.2.1")
    other = log_in(client, password=PASSWORD, forwarded_for="192.0.2.2")

    assert same.status_code == 429
    assert other.status_code == 302


@pytest.mark.usefixtures("_trader")
def test_what_a_proxy_names_that_is_no_address_is_not_believed(
    client: Client, settings: Settings
) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.1"]

    log_in(client, forwarded_for="unknown")

    assert AccessAttempt.objects.get().ip_address == "127.0.0.1"
