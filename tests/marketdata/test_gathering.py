"""Rows travel on raw connections; what goes wrong there is an error like any other."""

from __future__ import annotations

import pytest
from django.db import DatabaseError

from marketdata import postgresql_rows, sqlite_rows, writers
from marketdata.selectors import load_columns
from tests.factories.marketdata import make_recording, random_events

pytestmark = pytest.mark.django_db
NONSENSE = "SELECT 1 FROM nowhere"


def test_rows_that_cannot_be_read_are_an_error_of_the_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_recording(random_events(20), name="march")
    monkeypatch.setattr(sqlite_rows, "_by_symbol", lambda _span: (NONSENSE, []))
    monkeypatch.setattr(sqlite_rows, "_as_they_lie", lambda _span: (NONSENSE, []))
    monkeypatch.setattr(postgresql_rows, "_GATHER", f"{NONSENSE} AS rows -- ")
    monkeypatch.setattr(postgresql_rows, "_BY_SYMBOL", f"{NONSENSE} -- ")

    with pytest.raises(DatabaseError, match=r"nowhere|placeholders"):
        load_columns(("BTC/USD",), recordings=("march",))


def test_rows_that_cannot_be_written_are_an_error_of_the_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writers, "_INSERT", "INSERT INTO nowhere VALUES (?, ?, ?, ?, ?, ?, ?)")
    monkeypatch.setattr(writers, "_COPY", "COPY nowhere FROM STDIN (FORMAT binary)")

    with pytest.raises(DatabaseError, match="nowhere"):
        make_recording(random_events(20), name="march")
