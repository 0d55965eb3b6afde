"""Static files with and without having been collected."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.test import Client

from config.assets import Assets

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db  # the end of an answer looks after connections

STYLE = "backtesting/app.css"


@pytest.fixture
def root(tmp_path: Path, settings: Settings) -> Path:
    settings.STATIC_ROOT = tmp_path
    return tmp_path


def collect() -> None:
    call_command("collectstatic", interactive=False, verbosity=0)


def test_a_checkout_serves_its_files_by_their_own_names(root: Path) -> None:
    address = Assets(location=root).url(STYLE)

    response = Client().get(address)

    assert address == f"/static/{STYLE}"
    assert response.status_code == 200
    assert b"".join(response) == Path(str(finders.find(STYLE))).read_bytes()
    response.close()


@pytest.mark.slow
def test_collected_files_are_named_by_their_content_and_kept_for_good(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staticfiles_storage, "_wrapped", Assets(location=root))
    collect()
    monkeypatch.setattr(staticfiles_storage, "_wrapped", Assets(location=root))

    address = staticfiles_storage.url(STYLE)
    response = Client().get(address, headers={"Accept-Encoding": "gzip"})

    assert address != f"/static/{STYLE}"
    assert response.status_code == 200
    assert response.headers["Content-Encoding"] == "gzip"
    assert "immutable" in response.headers["Cache-Control"]
    response.close()


@pytest.mark.slow
def test_a_file_that_has_changed_since_is_served_as_it_is_now(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staticfiles_storage, "_wrapped", Assets(location=root))
    collect()
    os.utime(root / "staticfiles.json", (0, 0))

    assert Assets(location=root).url(STYLE) == f"/static/{STYLE}"


def test_static_files_are_open_and_bear_the_headers() -> None:
    response = Client().get(f"/static/{STYLE}")

    assert response.status_code == 200
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "Content-Security-Policy" in response.headers
    response.close()
