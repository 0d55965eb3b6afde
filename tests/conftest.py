"""Where the tests' rows live: SQLite in memory, or what TEST_DATABASE_URL names; nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.db import connections
from environs import Env

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import Settings


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


@pytest.fixture(autouse=True)
def _own_replay_cache(settings: Settings, tmp_path: Path) -> None:
    """Keep the replay caches of tests apart from the user's and from one another's."""
    settings.REPLAY_CACHE_DIR = tmp_path / "replay-cache"
