"""A recording is whole and visible, or it is not there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from marketdata import blocks, staging
from marketdata.blocks import block_of
from marketdata.importers.batches import ImportRefused, Refusal
from marketdata.ingest import IngestError, import_recording
from marketdata.models import MarketSnapshot, Recording, RecordingCoverage
from marketdata.moments import to_us
from pairings.models import Pairing
from tests.factories.marketdata import START_US, ListReader, make_recording, random_events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from marketdata.blocks import ImportProgress
    from marketdata.importers.batches import BookBatch
    from tests.factories.marketdata import Event

pytestmark = pytest.mark.django_db


class BreakingReader(ListReader):
    """Fails after its last event, as a file with an invalid last line does."""

    def __iter__(self) -> Iterator[BookBatch]:
        yield from super().__iter__()
        raise ImportRefused("tape.jsonl", Refusal(code="crossed", line=9, detail="bid 2 >= ask 1"))


def stored_events() -> list[Event]:
    """Return the rows as the ORM reads them, in order of storage."""
    events: list[Event] = []
    for row in MarketSnapshot.objects.order_by("id"):
        bids, asks = row.book()
        events.append((to_us(row.occurred_at), row.pairing_symbol, list(bids), list(asks)))
    return events


@pytest.mark.parametrize("batch", [1, 13, 1000])
def test_what_is_stored_is_what_was_read(batch: int) -> None:
    events = random_events(120)

    make_recording(events, batch=batch)

    assert stored_events() == events
    for row in MarketSnapshot.objects.all():
        bids, asks = row.book()
        assert row.best_bid == (bids[0].price if bids else None)
        assert row.best_ask == (asks[0].price if asks else None)


def test_a_time_of_whole_seconds_is_found_by_the_orm() -> None:
    make_recording([(START_US, "A/B", [], []), (START_US + 1, "A/B", [], [])])

    found = MarketSnapshot.objects.filter(occurred_at=datetime(2026, 3, 1, 12, tzinfo=UTC))

    assert found.count() == 1


def test_years_at_the_ends_of_the_calendar_are_stored() -> None:
    early, late = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, UTC)
    events: list[Event] = [(to_us(early), "A/B", [], []), (to_us(late), "A/B", [], [])]

    make_recording(events)

    assert list(MarketSnapshot.objects.values_list("occurred_at", flat=True)) == [early, late]


def test_the_recording_tells_what_came_in() -> None:
    header = {"recording": {"name": "tape", "synthetic": True, "profile": "thin"}}
    events = random_events(30)

    recording = make_recording(events, header=header, refused={"crossed": 2, "bad_json": 1})

    assert (recording.name, recording.state, recording.synthetic) == ("tape", "ready", True)
    assert (recording.stored, recording.rejected) == (30, 3)
    assert recording.refused == {"bad_json": 1, "crossed": 2}
    assert recording.note["profile"] == "thin"
    assert [to_us(time) for time in (recording.first_at, recording.last_at) if time] == [
        events[0][0],
        events[-1][0],
    ]
    assert sum(row.events for row in RecordingCoverage.objects.all()) == 30


def test_missing_pairings_are_inferred_and_others_stay_as_they_are() -> None:
    Pairing.objects.create(symbol="A/B", base="A", quote="B", enabled=False)

    make_recording([(START_US, "A/B", [], []), (START_US, "C/B", [], [])])

    states = Pairing.objects.order_by("symbol").values_list("symbol", "inferred", "enabled")
    assert list(states) == [("A/B", False, False), ("C/B", True, True)]


def test_a_source_that_breaks_leaves_nothing() -> None:
    with pytest.raises(ImportRefused, match=r"tape\.jsonl, line 9: crossed"):
        import_recording(BreakingReader(random_events(40), batch=10))

    assert not Recording.objects.exists()
    assert not MarketSnapshot.objects.exists()
    assert not Pairing.objects.exists()


def test_a_progress_callback_that_raises_cancels_and_leaves_nothing() -> None:
    seen: list[ImportProgress] = []

    def cancel_at_20(progress: ImportProgress) -> None:
        seen.append(progress)
        if progress.stored >= 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_recording(ListReader(random_events(40), batch=10), progress=cancel_at_20)

    assert [progress.stored for progress in seen] == [10, 20]
    assert not MarketSnapshot.objects.exists()


def test_a_source_without_events_is_refused() -> None:
    with pytest.raises(IngestError, match="holds no valid event"):
        import_recording(ListReader([]), source="empty.jsonl")

    assert not Recording.objects.exists()


def test_the_same_content_is_refused_unless_asked_for() -> None:
    make_recording(random_events(5), name="first", fingerprint="same")

    with pytest.raises(IngestError, match=r"as recording 'first'.*--again"):
        import_recording(ListReader(random_events(5), fingerprint="same"), name="second")
    again = import_recording(
        ListReader(random_events(5), fingerprint="same"), name="second", allow_duplicate=True
    )

    assert again.stored == 5
    assert MarketSnapshot.objects.count() == 10


def test_a_name_that_is_taken_is_refused_before_anything_is_stored() -> None:
    make_recording(random_events(5), name="day")

    with pytest.raises(IngestError, match="a recording 'day' already; choose another name"):
        make_recording(random_events(5), name="day")

    assert MarketSnapshot.objects.count() == 5


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\0b"])
def test_a_name_that_cannot_be_stored_is_refused(name: str) -> None:
    with pytest.raises(IngestError, match="is no name for a recording"):
        make_recording(random_events(5), name=name)


@pytest.mark.parametrize(
    "name", ["a\nb", "a\n", "\tb", "\x1b[31mred", "a\x85b", "a\u2028b", "\x7f"]
)
def test_a_name_that_would_break_a_line_is_refused_wherever_it_comes_from(name: str) -> None:
    header = {"recording": {"name": f"x{name}x"}}

    with pytest.raises(IngestError, match="holds a line break or a control character"):
        import_recording(ListReader(random_events(2)), name=name)
    with pytest.raises(IngestError, match="holds a line break or a control character"):
        import_recording(ListReader(random_events(2)), default_name=name)
    with pytest.raises(IngestError, match="choose another name with --recording NAME"):
        import_recording(ListReader(random_events(2), header=header))

    assert not Recording.objects.exists()
    chosen = import_recording(ListReader(random_events(2), header=header), name="Tag, \u00fcber 1")
    assert chosen.recording == "Tag, \u00fcber 1"


def test_a_name_nobody_chose_gets_a_number_where_it_is_taken() -> None:
    names = [
        import_recording(ListReader(random_events(2)), default_name="day").recording
        for _ in range(3)
    ]

    assert names == ["day", "day-2", "day-3"]


def test_nobody_sees_a_recording_before_it_is_whole() -> None:
    states = []

    def look(_: ImportProgress) -> None:
        states.append((Recording.objects.count(), Recording.objects.ready().count()))

    import_recording(ListReader(random_events(40), batch=10), progress=look)

    assert states == [(1, 0)] * 4


def test_an_import_that_was_taken_away_stops() -> None:
    def take_away(_: ImportProgress) -> None:
        staging.remove_recording(Recording.objects.get())

    with pytest.raises(staging.ImportLostError, match="removed while it was being imported"):
        import_recording(ListReader(random_events(40), batch=10), progress=take_away)

    assert not MarketSnapshot.objects.exists()


def test_blocks_keep_within_rows_and_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "MAX_LEVEL_BYTES", 5 * 16)
    batch = next(iter(ListReader(random_events(100))))
    parts, position = [], 0

    while position < 100:
        parts.append(block_of(batch, position, 7))
        position += len(parts[-1])

    assert all(len(part) <= 7 for part in parts)
    assert all(len(part.levels) <= 5 or len(part) == 1 for part in parts)
    assert np.array_equal(np.concatenate([part.time_us for part in parts]), batch.time_us)
    assert np.array_equal(np.concatenate([part.levels for part in parts]), batch.levels)


def test_a_slow_database_gets_smaller_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "SLOW_S", -1.0)
    monkeypatch.setattr(blocks, "MAX_ROWS", 40)
    monkeypatch.setattr(blocks, "MIN_ROWS", 10)
    stored: list[int] = []

    import_recording(
        ListReader(random_events(100)), progress=lambda progress: stored.append(progress.stored)
    )

    assert stored == [40, 60, 70, 80, 90, 100]
