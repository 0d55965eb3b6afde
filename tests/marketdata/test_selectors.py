"""What is read back: the events asked for, in replay order, whatever the storage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from marketdata import gathering, postgresql_rows, sqlite_rows, staging
from marketdata.cache import ReplayCache
from marketdata.columns import SYMBOL_MASK, BookColumns
from marketdata.models import MarketSnapshot, Recording
from marketdata.selectors import (
    SelectionError,
    account_fees_at,
    coverage,
    load_columns,
)
from tests.factories.marketdata import (
    START_US,
    AccountSnapshotFactory,
    make_recording,
    one,
    random_events,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.factories.marketdata import Event

pytestmark = pytest.mark.django_db
SYMBOLS = ("BTC/USD", "ETH/BTC", "ETH/USD")
SECOND = 1_000_000


def events_of(columns: BookColumns) -> list[Event]:
    """Return the events as plain values."""
    events: list[Event] = []
    for row in range(len(columns)):
        start, end = columns.depth_start[row : row + 2]
        middle = start + columns.bid_count[row]
        events.append(
            (
                int(columns.time_us[row]),
                columns.symbols[columns.symbol[row] & SYMBOL_MASK],
                [tuple(level) for level in columns.levels[start:middle].tolist()],
                [tuple(level) for level in columns.levels[middle:end].tolist()],
            )
        )
    return events


def in_window(
    events: Sequence[Event], symbols: Sequence[str], start: int | None, end: int | None
) -> list[Event]:
    return [
        event
        for event in events
        if event[1] in symbols
        and (start is None or event[0] >= start)
        and (end is None or event[0] < end)
    ]


@pytest.mark.parametrize("sparse", [0, 10**9], ids=["by symbol", "as they lie"])
@pytest.mark.parametrize("rows_at_once", [1, 7, 512])
@pytest.mark.parametrize(
    ("symbols", "start", "end"),
    [
        (SYMBOLS, None, None),
        (SYMBOLS[::-1], None, None),
        (SYMBOLS[:1], None, None),
        ((*SYMBOLS, "NO/NE"), START_US + 5 * SECOND, None),
        (SYMBOLS[1:], None, START_US + 20 * SECOND),
        (SYMBOLS, START_US + 5 * SECOND, START_US + 20 * SECOND),
    ],
)
def test_exactly_what_is_asked_for_comes_back(
    monkeypatch: pytest.MonkeyPatch,
    symbols: tuple[str, ...],
    start: int | None,
    end: int | None,
    rows_at_once: int,
    sparse: int,
) -> None:
    monkeypatch.setattr(sqlite_rows, "ROWS_AT_ONCE", rows_at_once)
    monkeypatch.setattr(postgresql_rows, "MOST_ROWS", rows_at_once)
    monkeypatch.setattr(gathering, "SPARSE", sparse)
    events = random_events(200)
    make_recording(events)

    loaded = load_columns(symbols, start, end)

    assert loaded.columns.symbols == symbols
    assert events_of(loaded.columns) == in_window(events, symbols, start, end)


def test_the_second_time_the_same_columns_come_from_the_cache(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events = random_events(100)
    make_recording(events)
    first = load_columns(SYMBOLS)
    monkeypatch.setattr("marketdata.selectors.gather", None)

    second = load_columns(SYMBOLS)

    assert events_of(second.columns) == events_of(first.columns) == events
    assert second.fingerprint == first.fingerprint


def test_a_cache_that_cannot_be_written_changes_nothing(
    settings: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    blocked = tmp_path_factory.mktemp("blocked") / "a-file"
    blocked.write_text("in the way")
    settings.REPLAY_CACHE_DIR = blocked  # type: ignore[attr-defined]  # pytest-django's fixture
    events = random_events(20)
    make_recording(events)

    assert events_of(load_columns(SYMBOLS).columns) == events


def test_a_recording_made_anew_under_its_old_name_is_read_anew() -> None:
    old = make_recording(random_events(20, seed=1), name="day", fingerprint="same")
    load_columns(SYMBOLS)
    staging.remove_recording(old)
    events = random_events(20, seed=2)
    make_recording(events, name="day", fingerprint="same")

    assert events_of(load_columns(SYMBOLS).columns) == events


def test_recordings_are_joined_by_time_and_ties_by_order_of_storage() -> None:
    make_recording([one(10), one(30)], name="late")
    make_recording([one(5, "ETH/USD"), one(10, "ETH/USD"), one(20, "ETH/USD")], name="early")

    loaded = load_columns(("BTC/USD", "ETH/USD"))

    assert [event[:2] for event in events_of(loaded.columns)] == [
        (5, "ETH/USD"),
        (10, "BTC/USD"),
        (10, "ETH/USD"),
        (20, "ETH/USD"),
        (30, "BTC/USD"),
    ]
    assert loaded.recordings == ("late", "early")


def test_rows_of_imports_that_ran_at_once_are_told_apart() -> None:
    events = random_events(40)
    recording = make_recording(events)
    other = make_recording(random_events(40, start_us=START_US + 10**12), name="other")
    # As on PostgreSQL, where two imports may take turns: every second row is the other's.
    ids = list(MarketSnapshot.objects.order_by("id").values_list("id", flat=True))
    for old, new in zip(ids, [*ids[::2], *ids[1::2]], strict=True):
        MarketSnapshot.objects.filter(id=old).update(id=new + 1_000_000)

    loaded = load_columns(SYMBOLS, recordings=[recording.name])

    assert events_of(loaded.columns) == events
    assert load_columns(SYMBOLS).recordings == (recording.name, other.name)


def test_only_recordings_with_something_to_replay_count() -> None:
    make_recording(random_events(20), name="used", refused={"crossed": 2})
    make_recording([one(1, "XRP/USD")], name="elsewhere", refused={"crossed": 5})

    loaded = load_columns(SYMBOLS)

    assert (loaded.recordings, loaded.rejected_events, loaded.synthetic) == (("used",), 2, False)


def test_synthetic_recordings_are_read_only_when_named() -> None:
    make_recording([one(1)], name="seen")
    make_recording([one(1)], name="made", header={"synthetic": True})

    assert load_columns(["BTC/USD"]).recordings == ("seen",)
    assert load_columns(["BTC/USD"], recordings=["made"]).synthetic


def test_a_recording_that_is_not_ready_is_invisible() -> None:
    recording = make_recording(random_events(20))
    Recording.objects.filter(pk=recording.pk).update(state=Recording.State.FAILED)

    assert coverage() == []
    with pytest.raises(SelectionError, match="nothing has been imported"):
        load_columns(SYMBOLS)


def test_a_recording_removed_while_it_is_read_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    recording = make_recording(random_events(20))
    load = ReplayCache.load

    def remove_then_miss(*_: object) -> None:
        monkeypatch.setattr(ReplayCache, "load", load)
        Recording.objects.filter(pk=recording.pk).update(state=Recording.State.FAILED)

    monkeypatch.setattr(ReplayCache, "load", remove_then_miss)

    with pytest.raises(SelectionError, match="changed while they were read"):
        load_columns(SYMBOLS)


def test_coverage_lists_what_was_counted() -> None:
    make_recording([one(5), one(7), one(7, "ETH/USD")], name="day")

    rows = coverage(["day"])

    assert [(row.symbol, row.events) for row in rows] == [("BTC/USD", 2), ("ETH/USD", 1)]
    assert rows[0].last_at - rows[0].first_at == timedelta(microseconds=2)


def test_the_account_pays_what_it_paid_last_at_the_start() -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    for hours, rate in ((-2, 0.001), (0, 0.002), (1, 0.003)):
        AccountSnapshotFactory.create(
            taken_at=start + timedelta(hours=hours),
            taker_rate=rate,
            pair_rates={"BTC/USD": rate / 2},
        )

    fees = account_fees_at(start)
    earlier = account_fees_at(start - timedelta(days=1))

    assert fees is not None
    assert earlier is not None
    assert (fees.general, fees.taker("BTC/USD"), fees.taker("ETH/USD")) == (0.002, 0.001, 0.002)
    assert earlier.general == 0.001


def test_an_account_without_snapshot_has_no_fee() -> None:
    assert account_fees_at(datetime(2026, 3, 1, tzinfo=UTC)) is None


def test_columns_from_the_cache_can_be_handed_to_the_same_compiled_code() -> None:
    make_recording(random_events(20))
    load_columns(SYMBOLS)

    columns = load_columns(SYMBOLS).columns

    for name in ("time_us", "symbol", "best_bid", "inverse_ask", "depth_start", "levels"):
        array = getattr(columns, name)
        assert array.flags.writeable
        assert array.flags.c_contiguous
        assert array.dtype.isnative
    assert np.array_equal(columns.depth_start[[0, -1]], [0, len(columns.levels)])
