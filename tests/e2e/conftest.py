"""A real browser before a live server; any console error or breach of the policy fails a test."""

from __future__ import annotations

import importlib.util
import os
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from django.contrib.auth.models import User
from django.test import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import BrowserContext, ConsoleMessage, Page
    from pytest_django.live_server_helper import LiveServer

FOLDER: Final = Path(__file__).parent
CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser")
PLAYWRIGHT: Final = importlib.util.find_spec("pytest_playwright")
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# A form that is sent back with its errors is an answer like any other, but not to Chromium.
REFUSED_FORM: Final = "status of 422"
# A form's count gives way to the next one where it is slow. htmx reports that as two errors, of
# which the first comes before every other too: what fails has a line of its own, as sendError.
GAVE_WAY: Final = ("htmx:afterRequest", "htmx:sendAbort")

# What a page needs a moment for may take a minute on a busy machine.
PATIENCE_MS: Final = 60_000

if CHROMIUM and PLAYWRIGHT:
    from playwright.sync_api import expect

    expect.set_options(timeout=PATIENCE_MS)
    # Playwright keeps an event loop in the thread of the tests, where Django then sees danger.
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = [
        *([] if CHROMIUM else ["chromium (apt-get install chromium)"]),
        *([] if PLAYWRIGHT else ["pytest-playwright (pip install pytest-playwright)"]),
    ]
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            if missing:
                reason = f"NOT tested in a browser, for want of {' and '.join(missing)}"
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {"executable_path": CHROMIUM, "args": list(FLAGS)}


@pytest.fixture(scope="session")
def base_url(live_server: LiveServer) -> str:
    """Return where the site is; in the place of the plugin's own, of which pytest 10 warns."""
    return str(live_server.url)


@pytest.fixture
def faults() -> Iterator[list[str]]:
    """Collect what the browser complains of, and fail the test for it."""
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def _answered() -> Iterator[None]:
    """Let the live server's threads come to their end when a test's windows are closed.

    One that is still at it while the tables are emptied, or while the server stops and the
    connection of SQLite in memory is no longer to be shared, fails and leaves its socket open,
    of which Python warns in whatever test comes next.
    """
    yield
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(PATIENCE_MS / 1000)


@pytest.fixture
def open_window(
    _answered: None,  # ends after the windows of the next
    new_context: Callable[..., BrowserContext],
    faults: list[str],
    base_url: str,
) -> Callable[..., Page]:
    """Return a function that opens a window: `user` is logged in, the rest is Playwright's."""

    def heard(message: ConsoleMessage) -> None:
        is_fault = message.type in {"error", "warning"} and REFUSED_FORM not in message.text
        if is_fault and not message.text.startswith(GAVE_WAY):
            faults.append(f"{message.type}: {message.text}")

    def open_one(user: User | None = None, *, width: int = 1280, **more: Any) -> Page:
        context = new_context(viewport={"width": width, "height": 900}, **more)
        context.set_default_timeout(PATIENCE_MS)
        if user:
            client = Client()
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            session = client.cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": base_url}])
        page = context.new_page()
        page.on("console", heard)
        page.on("pageerror", lambda error: faults.append(str(error)))
        return page

    return open_one


@pytest.fixture
def root(live_server: LiveServer) -> User:
    """Return who may do all, in a database that the server's thread sees too."""
    assert live_server.url
    return User.objects.create_superuser("root", password="a-good-long-one")  # noqa: S106 - lives for one test
