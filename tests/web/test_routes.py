"""What holds for every address of the site, whoever adds it."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from config.middleware import HEADERS
from tests.factories.pairings import PairingFactory
from tests.web.routes import every_route

pytestmark = pytest.mark.django_db

PROJECT = Path(__file__).resolve().parents[2]
ROUTES = every_route()
OPEN = {"admin:login", "healthz", "login"}
HTMX = {"HX-Request": "true"}
LOGINS = ("/accounts/login/?next=", "/admin/login/?next=")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
STATED = {
    "Content-Security-Policy": HEADERS["Content-Security-Policy"],
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": HEADERS["Permissions-Policy"],
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
INLINE = {
    "a script without its file": r"<script(?![^>]*(\bsrc=|application/json))",
    "a style element": r"<style",
    "a style attribute": r"<[^>]*\sstyle\s*=",
    "a handler in an attribute": r"<[^>]*\s(hx-)?on[a-z:-]*\s*=",
    "a script as an address": r"javascript:",
}
ELSEWHERE = re.compile(r"""(?:src|href)=["'](?:https?:)?//""")


@pytest.fixture
def superuser() -> Client:
    """Return a client that may do all, and must bring its token."""
    PairingFactory.create()
    client = Client(enforce_csrf_checks=True)
    client.force_login(
        User.objects.create_superuser("root"), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


def rows_of_all_tables() -> dict[str, list[tuple[object, ...]]]:
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values_list())
        for model in apps.get_models()
    }


def words(response: Any) -> str:
    if "text/html" not in response.headers.get("Content-Type", ""):
        return ""
    return str(response.content.decode())


def broken(response: Any) -> list[str]:
    """Return what an answer lacks of the policy, or does against it."""
    page = words(response)
    return [
        *(name for name, value in STATED.items() if response.headers.get(name) != value),
        *(what for what, pattern in INLINE.items() if re.search(pattern, page)),
        *(["no private cache"] if "private" not in response.headers["Cache-Control"] else []),
        *(["another host"] if ELSEWHERE.search(page) else []),
    ]


def test_there_are_routes_of_every_app_to_walk() -> None:
    names = {route.name for route in ROUTES}

    assert {"home", "pairings", "pairing_coverage", "healthz", "admin:index"} <= names


def test_nobody_gets_anywhere_without_logging_in(client: Client) -> None:
    let_in = []
    for route, method in product(ROUTES, METHODS):
        response = client.generic(method, route.path)
        to_login = response.headers.get("Location", "").startswith(LOGINS)
        kept_out = response.status_code in {401, 403} or (response.status_code == 302 and to_login)
        if not kept_out and route.name not in OPEN:
            let_in.append((method, str(route), response.status_code))

    assert let_in == []


@pytest.mark.parametrize("name", sorted(OPEN))
def test_what_is_open_answers_without_logging_in(client: Client, name: str) -> None:
    assert client.get(reverse(name)).status_code == 200


def test_nothing_is_changed_without_the_token(superuser: Client) -> None:
    statuses = {
        (method, str(route)): superuser.generic(method, route.path).status_code
        for route, method in product(ROUTES, UNSAFE)
    }

    assert {asked: status for asked, status in statuses.items() if status != 403} == {}


def test_reading_changes_nothing(superuser: Client) -> None:
    before = rows_of_all_tables()
    changed = []
    for route in ROUTES:
        superuser.get(route.path)
        superuser.get(route.path, headers=HTMX)
        if rows_of_all_tables() != before:
            changed.append(str(route))
            before = rows_of_all_tables()

    assert changed == []


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "fragment"])
def test_every_answer_states_the_policy_and_keeps_to_it(
    superuser: Client, headers: dict[str, str]
) -> None:
    found = {str(route): broken(superuser.get(route.path, headers=headers)) for route in ROUTES}

    assert {route: what for route, what in found.items() if what} == {}


def test_a_page_that_is_not_there_keeps_to_the_policy_too(client: Client) -> None:
    response = client.get("/nowhere")

    assert response.status_code == 404
    assert broken(response) == []


def test_nothing_is_exempt_from_the_token() -> None:
    exempt = [
        path.relative_to(PROJECT).as_posix()
        for folder in ("backtesting", "config", "marketdata", "pairings")
        for path in (PROJECT / folder).rglob("*.py")
        if "csrf_exempt" in path.read_text()
    ]

    assert exempt == []
