"""A locked or lost database is waited out; what waiting cannot help is raised."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection, transaction

from backtesting import writing
from backtesting.writing import retrying


class Unsteady:
    """Fails so many times, then answers."""

    def __init__(self, failures: int, words: str = "database is locked") -> None:
        self.failures, self.words, self.calls = failures, words, 0

    def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self.failures:
            raise OperationalError(self.words)
        return "written"


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "_FIRST_PAUSE_S", 0.0)


@pytest.mark.django_db(transaction=True)
def test_a_locked_database_is_waited_out() -> None:
    write = Unsteady(3)

    assert retrying(write) == "written"
    assert write.calls == 4


@pytest.mark.django_db(transaction=True)
def test_it_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "PATIENCE_S", -1.0)

    with pytest.raises(OperationalError, match="locked"):
        retrying(Unsteady(1))


@pytest.mark.django_db(transaction=True)
def test_what_waiting_cannot_help_is_raised_at_once() -> None:
    write = Unsteady(1, "no such table: backtest_jobs")

    if connection.vendor == "sqlite":
        with pytest.raises(OperationalError, match="no such table"):
            retrying(write)
    else:  # a server says so with another error; this one means that it is away
        assert retrying(write) == "written"


@pytest.mark.django_db(transaction=True)
def test_within_a_transaction_it_is_tried_once() -> None:
    write = Unsteady(1)

    with pytest.raises(OperationalError), transaction.atomic():
        retrying(write)

    assert write.calls == 1
