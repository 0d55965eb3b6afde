"""What the database and the forms refuse to hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from marketdata.models import AccountSnapshot, MarketSnapshot, Recording
from tests.factories.marketdata import AccountSnapshotFactory, make_recording, random_events

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "x", "state": "ready", "stored": 0, "first_at": NOW, "last_at": NOW},
        {"name": "x", "state": "ready", "stored": 1},
        {
            "name": "x",
            "state": "ready",
            "stored": 1,
            "first_at": NOW,
            "last_at": NOW - timedelta(seconds=1),
        },
    ],
)
def test_the_database_refuses_a_broken_recording(fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Recording.objects.create(**fields)


@pytest.mark.django_db
def test_the_database_refuses_a_crossed_book() -> None:
    recording = make_recording(random_events(3))

    with pytest.raises(IntegrityError), transaction.atomic():
        MarketSnapshot.objects.create(
            recording=recording,
            pairing_symbol="A/B",
            occurred_at=NOW,
            best_bid=2.0,
            best_ask=2.0,
            bid_levels=1,
            levels=b"",
        )


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("pair_rates", [1], "must be an object"),
        ("pair_rates", {"XBTUSD": 0.1}, "is not BASE/QUOTE"),
        ("pair_rates", {"BTC/USD": 26}, "is 26; it must be a fraction"),
        ("pair_rates", {"BTC/USD": True}, "is True"),
        ("balances", {"USD": -1}, "the balance of USD is -1"),
        ("balances", {"USD": float("nan")}, "is nan"),
        ("balances", "USD", "must be an object"),
    ],
)
def test_an_account_snapshot_with_nonsense_is_refused(field: str, value: Any, said: str) -> None:
    snapshot = AccountSnapshot(**{field: value})

    with pytest.raises(ValidationError, match=said):
        snapshot.clean()


def test_an_account_snapshot_may_leave_everything_out() -> None:
    AccountSnapshot().clean()


@pytest.mark.django_db
@pytest.mark.parametrize("rates", [{"taker_rate": 1.0}, {"taker_rate": -0.1}, {"maker_rate": -1}])
def test_the_database_refuses_a_rate_that_is_no_fraction(rates: dict[str, float]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        AccountSnapshotFactory.create(**rates)


@pytest.mark.django_db
def test_deleting_a_recording_by_the_orm_takes_its_rows_without_loading_them(
    django_assert_max_num_queries: Any,
) -> None:
    recording = make_recording(random_events(50))

    with django_assert_max_num_queries(6) as queries:
        recording.delete()

    assert not MarketSnapshot.objects.exists()
    assert not any('"levels"' in query["sql"] for query in queries.captured_queries)
