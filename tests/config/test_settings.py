"""The settings as a process reads them from its environment."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]
SHOW = """
import json
from config import settings
names = ("DEBUG", "ALLOWED_HOSTS", "SECRET_KEY", "DATABASES", "REPLAY_CACHE_MAX_BYTES")
print(json.dumps({name: getattr(settings, name) for name in names}, default=str))
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Return a folder with the settings alone, so that the user's data is not touched."""
    shutil.copytree(PROJECT / "config", tmp_path / "config")
    return tmp_path


def read_settings(house: Path, **environment: str) -> dict[str, Any]:
    done = run_settings(house, environment)
    assert done.returncode == 0, done.stderr
    shown: dict[str, Any] = json.loads(done.stdout)
    return shown


def run_settings(house: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SHOW],
        cwd=house,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_empty_environment_is_enough(house: Path) -> None:
    shown = read_settings(house)

    database = shown["DATABASES"]["default"]
    assert database["ENGINE"] == "django.db.backends.sqlite3"
    assert Path(database["NAME"]) == house / "var" / "db.sqlite3"
    assert shown["REPLAY_CACHE_MAX_BYTES"] == 4 * 1024**3


def test_debug_is_off_unless_asked_for(house: Path) -> None:
    assert read_settings(house)["DEBUG"] is False
    assert read_settings(house, BACKTEST_DEBUG="1")["DEBUG"] is True


def test_only_this_machine_is_answered_unless_hosts_are_named(house: Path) -> None:
    assert read_settings(house)["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
    assert read_settings(house, ALLOWED_HOSTS="a.example,b.example")["ALLOWED_HOSTS"] == [
        "a.example",
        "b.example",
    ]


def test_the_key_is_kept_in_the_data_folder(house: Path) -> None:
    shown = read_settings(house)

    assert shown["SECRET_KEY"] == (house / "var" / "secret_key").read_text().strip()
    assert read_settings(house)["SECRET_KEY"] == shown["SECRET_KEY"]


def test_a_key_that_is_given_is_used_and_none_is_made(house: Path) -> None:
    shown = read_settings(house, SECRET_KEY="given")  # noqa: S106 - for this test alone

    assert shown["SECRET_KEY"] == "given"  # noqa: S105 - as above
    assert not (house / "var" / "secret_key").exists()


def test_sqlite_queues_writers_and_lets_readers_go_on(house: Path) -> None:
    options = read_settings(house)["DATABASES"]["default"]["OPTIONS"]

    assert options["transaction_mode"] == "IMMEDIATE"
    assert options["timeout"] >= 5
    assert "journal_mode=WAL" in options["init_command"]


def test_a_database_url_leads_to_postgresql(house: Path) -> None:
    shown = read_settings(house, DATABASE_URL="postgresql://trader:word@db.example:5433/books")

    database = shown["DATABASES"]["default"]
    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["HOST"], database["PORT"]) == ("db.example", 5433)
    assert (database["USER"], database["PASSWORD"]) == ("trader", "word")
    assert database["NAME"] == "books"
    assert database["CONN_HEALTH_CHECKS"] is True
    assert "init_command" not in database.get("OPTIONS", {})


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("REPLAY_CACHE_MAX_BYTES", "-1", "it must lie from 0 to"),
        ("JOB_WORKERS", "3", "it must lie from 1 to 2"),
        ("JOB_TIMEOUT_S", "0", "it must lie from 1 to 31536000"),
        ("JOB_MAX_RSS_KB", "0", "it must lie from 1 to"),
        ("JOB_MEMORY_LIMIT_BYTES", "-5", "it must lie from 0 to"),
        ("JOB_RETENTION_DAYS", "99999999999", "it must lie from 0 to 36500"),
        ("SWEEP_MAX_SETS", "-1", "it must lie from 1 to"),
        ("SWEEP_MAX_SETS_STAFF", "0", "it must lie from 1 to"),
        ("SWEEP_THREADS", "10000", "it must lie from 1 to 256"),
    ],
)
def test_a_number_out_of_its_bounds_is_refused_by_name(
    house: Path, name: str, value: str, words: str
) -> None:
    done = run_settings(house, {name: value})

    assert f"ImproperlyConfigured: {name} is {value}; {words}" in done.stderr


def test_what_sqlite_does_not_take_is_refused(house: Path) -> None:
    done = run_settings(house, {"DATABASE_URL": "sqlite:////tmp/db.sqlite3?timeout=5"})

    assert "DATABASE_URL has timeout after its ?; SQLite takes nothing there" in done.stderr


def test_another_data_folder_holds_everything(house: Path, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"

    shown = read_settings(house, BACKTEST_DATA_DIR=str(folder))

    assert Path(shown["DATABASES"]["default"]["NAME"]) == folder / "db.sqlite3"
    assert (folder / "secret_key").exists()
    assert not (house / "var").exists()


def test_a_site_reached_by_https_passes_every_check_before_it_is_deployed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=PROJECT,
        env={"BACKTEST_HTTPS": "1", "BACKTEST_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
