"""Where the tests' rows live: SQLite in memory, or what TEST_DATABASE_URL names; nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.db import connection, connections
from environs import Env

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django.fixtures import Settings
    from pytest_django.plugin import DjangoDbBlocker


def use_test_database() -> None:
    """Put the tests' database in the place of the user's own, which DATABASE_URL may name.

    The settings have been read by now and no connection has been opened yet: the entry is changed
    where it stands, for Django holds on to it.
    """
    chosen: dict[str, Any] = Env().dj_db_url("TEST_DATABASE_URL", "sqlite://:memory:")
    if chosen["ENGINE"].endswith("sqlite3"):
        chosen["OPTIONS"] = settings.SQLITE_OPTIONS
    entry = connections.databases["default"]
    entry.clear()
    entry.update(chosen)
    connections.configure_settings({"default": entry})
    connections.close_all()
    if hasattr(connections["default"], "settings_dict"):
        del connections["default"]  # made anew from the entry on first use


use_test_database()
# Half a second of arithmetic for each password is what makes the real ones safe.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _own_replay_cache(settings: Settings, tmp_path: Path) -> None:
    """Keep the replay caches of tests apart from the user's and from one another's."""
    settings.REPLAY_CACHE_DIR = tmp_path / "replay-cache"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:  # noqa: ARG001 - ours ends before it
    """End what sessions are left, such as a live server's: PostgreSQL drops no database in use."""
    yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
