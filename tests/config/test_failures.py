"""What stops any command is one line with its remedy, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.db import DatabaseError, OperationalError, ProgrammingError
from psycopg import errors

from config.failures import database_words, one_line
from tests.databases import PROJECT
from tests.ports import free_port

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (OperationalError("no such table: pairings_pairing"), "manage.py migrate"),
        (OperationalError("no such column: a.b"), "manage.py migrate"),
        (OperationalError("unable to open database file"), "may write {file}, and in its folder"),
        (OperationalError("attempt to write a readonly database"), "may write {file}, and in"),
        (DatabaseError("file is not a database"), "away, or name another by DATABASE_URL"),
        (OperationalError("database or disk is full"), "make room for {file}"),
        (OperationalError("connection failed: no\n\tserver"), "no server; see DATABASE_URL"),
    ],
)
def test_what_a_database_says_comes_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, error: DatabaseError, remedy: str
) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", "/elsewhere/books.sqlite3")

    words = database_words(error)

    assert remedy.format(file="/elsewhere/books.sqlite3") in words
    assert words.startswith(one_line(error))
    assert "\n" not in words


def test_a_missing_table_of_postgresql_is_known_by_its_code() -> None:
    error = ProgrammingError('relation "jobs" does not exist\nLINE 1: SELECT 1 FROM "jobs"\n    ^')
    error.__cause__ = errors.UndefinedTable()

    words = database_words(error)

    assert words.startswith('relation "jobs" does not exist; run: ')
    assert words.endswith("manage.py migrate")


def test_other_words_stay_as_they_are() -> None:
    assert database_words(OperationalError("disk I/O error")) == "disk I/O error"
    assert database_words(OperationalError()) == "OperationalError"


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(PROJECT / "manage.py"), *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("JOB_WORKERS", "abc", '"JOB_WORKERS" invalid: Not a valid integer; see Settings in'),
        ("DATABASE_URL", "nonsense", '"DATABASE_URL" invalid: Not a valid database URL; see'),
        ("DATABASE_URL", "mysql://localhost/b", "DATABASE_URL names no database that is known"),
        ("NUMBA_DISABLE_JIT", "1", "NUMBA_DISABLE_JIT is '1'; unset it"),
        ("BACKTEST_DATA_DIR", __file__, f"BACKTEST_DATA_DIR: {__file__} cannot be made: "),
    ],
)
def test_a_bad_setting_is_one_line(name: str, value: str, words: str) -> None:
    done = run("migrate", **{name: value})

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("CommandError: ")
    assert words in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("command", ["migrate", "runworker", "serve", "import_snapshots"])
def test_a_database_that_is_none_is_one_line(tmp_path: Path, command: str) -> None:
    (tmp_path / "db.sqlite3").write_text("no database, but longer than the header of one " * 9)
    arguments = {"serve": ["--port", str(free_port())], "import_snapshots": [__file__]}.get(
        command, []
    )

    done = run(command, *arguments, BACKTEST_DATA_DIR=str(tmp_path), DATABASE_URL=url(tmp_path))

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert f"file is not a database; move {tmp_path}" in done.stderr


@pytest.mark.slow
def test_a_traceback_is_shown_where_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "db.sqlite3").write_text("no database, but longer than the header of one " * 9)

    done = run("migrate", "--traceback", DATABASE_URL=url(tmp_path))

    assert "Traceback" in done.stderr


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'db.sqlite3'}"
