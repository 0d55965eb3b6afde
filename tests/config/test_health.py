"""/healthz, as a machine and as staff read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError

from config import health
from config.health import Health, register_check

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_other_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_checks", {})


def test_all_is_well_with_a_database(client: Client) -> None:
    response = client.get("/healthz")

    assert response.status_code == 200
    assert response.json() == {"ok": True}


def test_details_are_for_staff_alone(client: Client, admin_client: Client) -> None:
    register_check("queue", lambda: Health(ok=True, details={"oldest_s": 1.5}))

    assert client.get("/healthz").json() == {"ok": True}
    assert admin_client.get("/healthz").json()["checks"]["queue"] == {"ok": True, "oldest_s": 1.5}


def test_one_check_that_fails_is_enough(client: Client) -> None:
    register_check("worker", lambda: Health(ok=False))

    response = client.get("/healthz")

    assert response.status_code == 503
    assert response.json() == {"ok": False}


def test_a_database_that_is_down_is_said_even_to_staff_without_a_crash(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr("config.health.connection.cursor", fail)

    response = admin_client.get("/healthz")

    assert response.status_code == 503
    assert response.json() == {"ok": False}


def test_it_cannot_be_posted_to(client: Client) -> None:
    assert client.post("/healthz").status_code == 405
