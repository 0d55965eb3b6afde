"""Books can be looked at in the admin; nothing there counts or loads their table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from marketdata.models import AccountSnapshot, MarketSnapshot, Recording, RecordingCoverage
from tests.factories.marketdata import (
    START_US,
    AccountSnapshotFactory,
    make_recording,
    one,
    random_events,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client

    from tests.factories.marketdata import Event

pytestmark = pytest.mark.django_db
BOOK: Event = (START_US, "BTC/USD", [(99.5, 2.0), (99.25, 3.0)], [(100.5, 1.0)])


@pytest.fixture
def staff(admin_user: User, client: Client) -> Client:
    client.force_login(admin_user)
    return client


def page(model: str, action: str = "changelist", *arguments: object) -> str:
    return reverse(f"admin:marketdata_{model}_{action}", args=arguments)


def test_a_book_is_shown_as_a_ladder(staff: Client) -> None:
    make_recording([BOOK])

    answer = staff.get(page("marketsnapshot", "change", MarketSnapshot.objects.get().pk))

    assert answer.status_code == 200
    shown = answer.content.decode()
    assert "price, USD" in shown
    assert "quantity, BTC" in shown
    places = [shown.index(f"<td>{price}</td>") for price in ("100.5", "99.5", "99.25")]
    assert places == sorted(places)


def test_times_are_told_to_the_microsecond_and_with_their_zone(staff: Client) -> None:
    make_recording([one(1_000_001)])

    listed = staff.get(page("marketsnapshot")).content.decode()
    recordings = staff.get(page("recording")).content.decode()

    assert "1970-01-01 00:00:01.000001 UTC" in listed
    assert "1970-01-01 00:00:01 UTC" in recordings
    assert "Triangular backtests</a>" in recordings


def test_books_can_be_neither_added_nor_changed_nor_deleted(staff: Client) -> None:
    make_recording([BOOK])
    key = MarketSnapshot.objects.get().pk

    assert staff.get(page("marketsnapshot", "add")).status_code == 403
    assert staff.get(page("marketsnapshot", "delete", key)).status_code == 403
    assert staff.post(page("marketsnapshot", "change", key), {"best_bid": 1}).status_code == 403


@pytest.mark.parametrize("query", ["", "?q=BTC/USD", "?q=btc/usd&recording={pk}", "?p=2"])
def test_the_list_neither_counts_books_nor_reads_their_levels(
    staff: Client, django_assert_max_num_queries: Any, query: str
) -> None:
    recording = make_recording(random_events(250))

    with django_assert_max_num_queries(12) as queries:
        answer = staff.get(page("marketsnapshot") + query.format(pk=recording.pk))

    assert answer.status_code == 200
    for sql in (captured["sql"] for captured in queries.captured_queries):
        if '"market_snapshots"' in sql:
            assert "COUNT(" not in sql
            assert "DISTINCT" not in sql
            assert '"market_snapshots"."levels"' not in sql


def test_the_list_is_counted_by_what_the_import_counted(staff: Client) -> None:
    recording = make_recording(random_events(250))
    other = make_recording([BOOK])
    of_symbol = RecordingCoverage.objects.get(recording=recording, pairing_symbol="BTC/USD").events

    def count(query: str) -> int:
        answer = staff.get(page("marketsnapshot") + query)
        result: int = answer.context["cl"].result_count
        return result

    assert count("") == 251
    assert count("?q=btc/usd") == of_symbol + 1
    assert count(f"?recording={other.pk}") == 1
    assert count("?recording=nonsense") == 251


def test_a_list_that_is_cut_says_so(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make_recording(random_events(250))
    monkeypatch.setattr("marketdata.admin._PAGED_ROWS", 249)

    cut = staff.get(page("marketsnapshot")).content.decode()
    whole = staff.get(page("marketsnapshot") + "?q=btc/usd").content.decode()

    assert "249 of 250 can be paged through" in cut
    assert "can be paged through" not in whole


def test_a_search_finds_the_books_of_a_symbol_newest_first(staff: Client) -> None:
    make_recording(random_events(50))

    listed = staff.get(page("marketsnapshot") + "?q=eth/btc").context["cl"].result_list

    times = [row.occurred_at for row in listed]
    assert {row.pairing_symbol for row in listed} == {"ETH/BTC"}
    assert times == sorted(times, reverse=True)


def test_books_of_an_import_under_way_are_not_shown(staff: Client) -> None:
    recording = make_recording([BOOK])
    Recording.objects.filter(pk=recording.pk).update(state=Recording.State.IMPORTING)
    key = MarketSnapshot.objects.get().pk

    assert list(staff.get(page("marketsnapshot")).context["cl"].result_list) == []
    assert staff.get(page("marketsnapshot", "change", key)).status_code == 302


def test_a_recording_can_be_looked_at_and_not_changed(staff: Client) -> None:
    recording = make_recording([BOOK], name="day")

    shown = staff.get(page("recording", "change", recording.pk))
    changed = staff.post(page("recording", "change", recording.pk), {"name": "x"})

    assert b"BTC/USD" in shown.content
    assert changed.status_code == 403
    assert staff.get(page("recording") + "?q=BTC/USD").context["cl"].result_count == 1


@pytest.mark.django_db(transaction=True)
def test_a_recording_is_deleted_with_its_books_and_these_are_never_loaded(
    staff: Client, django_assert_max_num_queries: Any
) -> None:
    recording = make_recording(random_events(250))

    with django_assert_max_num_queries(40) as queries:
        asked = staff.get(page("recording", "delete", recording.pk))
        done = staff.post(page("recording", "delete", recording.pk), {"post": "yes"})

    assert b"with its 250 books" in asked.content
    assert done.status_code == 302
    assert not Recording.objects.exists()
    assert not MarketSnapshot.objects.exists()
    assert not any('"levels"' in captured["sql"] for captured in queries.captured_queries)


@pytest.mark.django_db(transaction=True)
def test_several_recordings_are_deleted_by_the_action(staff: Client) -> None:
    chosen = [make_recording([BOOK]).pk for _ in range(2)]
    kept = make_recording([BOOK])

    staff.post(
        page("recording"),
        {"action": "delete_selected", "_selected_action": chosen, "post": "yes"},
    )

    assert list(Recording.objects.all()) == [kept]
    assert MarketSnapshot.objects.count() == 1


def test_an_account_snapshot_can_be_entered_by_hand(staff: Client) -> None:
    entered = {
        "taken_at_0": "2026-03-01",
        "taken_at_1": "12:00:00",
        "taker_rate": "0.0026",
        "maker_rate": "",
        "pair_rates": '{"BTC/USD": 0.002}',
        "volume_30d_usd": "",
        "balances": '{"USD": 1000}',
    }

    done = staff.post(page("accountsnapshot", "add"), entered)
    wrong = staff.post(page("accountsnapshot", "add"), entered | {"pair_rates": '{"BTC/USD": 2}'})
    above = staff.post(page("accountsnapshot", "add"), entered | {"taker_rate": "26"})

    assert done.status_code == 302
    assert AccountSnapshot.objects.get().pair_rates == {"BTC/USD": 0.002}
    assert b"the rate of BTC/USD is 2" in wrong.content
    assert b"taker_rate must be a fraction" in above.content


def test_account_snapshots_can_be_searched_by_symbol(staff: Client) -> None:
    AccountSnapshotFactory.create(pair_rates={"BTC/USD": 0.002})
    AccountSnapshotFactory.create()

    found = staff.get(page("accountsnapshot") + "?q=btc/usd").context["cl"]

    assert found.result_count == 1
