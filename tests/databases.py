"""Databases that other processes can open: where a test starts commands of its own."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from django.db import connection

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedDatabase:
    """A migrated database by its URL, with a data folder for the processes that use it.

    On PostgreSQL it is the database of the tests itself, so that the test has to be a
    transactional one; on SQLite, whose tests run in memory, a copy of it in a file.
    """

    url: str
    data_folder: Path

    @classmethod
    def make(cls, folder: Path) -> SharedDatabase:
        if connection.vendor == "postgresql":
            return cls(url=_postgresql_url(connection.settings_dict), data_folder=folder)
        path = folder / "shared.sqlite3"
        connection.ensure_connection()
        with closing(sqlite3.connect(path)) as file:
            connection.connection.backup(file)
        return cls(url=f"sqlite:///{path}", data_folder=folder)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, str(PROJECT / "manage.py"), *arguments]

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DATABASE_URL": self.url,
            "BACKTEST_DATA_DIR": str(self.data_folder),
        }

    def run(self, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run a management command to its end."""
        return subprocess.run(
            self.command(*arguments),
            env=self.environment(),
            input=stdin,
            capture_output=True,
            check=False,
        )

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query, on a connection of its own."""
        if self.url.startswith("sqlite"):
            with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as opened:
                return opened.execute(sql).fetchall()
        with psycopg.connect(self.url) as server:
            return server.execute(sql.encode()).fetchall()


def _postgresql_url(settings: dict[str, Any]) -> str:
    host = settings["HOST"] or settings["OPTIONS"].get("host", "")
    where = "&".join(
        f"{name}={quote(str(value), safe='')}"
        for name, value in (("host", host), ("port", settings["PORT"]))
        if value
    )
    account = f"{quote(settings['USER'])}:{quote(settings['PASSWORD'])}"
    return f"postgresql://{account}@/{settings['NAME']}?{where}"
