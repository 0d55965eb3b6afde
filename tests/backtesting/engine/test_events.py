"""An EventStore is a sequence of events, columns underneath."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from backtesting.engine.events import EventStore, ReplayBookEvent
from marketdata.books import BookLevel
from marketdata.columns import SAME_TIME_FOLLOWS

if TYPE_CHECKING:
    from collections.abc import Iterable

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def event(
    seconds: float,
    symbol: str = "BTC/USD",
    bids: Iterable[tuple[float, float]] = ((99.0, 1.0), (98.0, 2.0)),
    asks: Iterable[tuple[float, float]] = ((100.0, 3.0),),
) -> ReplayBookEvent:
    return ReplayBookEvent(
        occurred_at=NOON + timedelta(seconds=seconds),
        symbol=symbol,
        bids=tuple(BookLevel(*level) for level in bids),
        asks=tuple(BookLevel(*level) for level in asks),
    )


EVENTS = [
    event(0),
    event(0, "ETH/USD", bids=()),
    event(0.000001, asks=()),
    event(2, "ETH/USD", bids=(), asks=()),
    event(2),
]


def test_it_is_a_sequence_of_the_events_it_was_made_of() -> None:
    store = EventStore.from_events(EVENTS)

    assert isinstance(store, Sequence)
    assert len(store) == 5
    assert list(store) == EVENTS
    assert store[1] == EVENTS[1]
    assert store[-1] == EVENTS[-1]
    assert list(reversed(store)) == EVENTS[::-1]
    assert EVENTS[3] in store
    assert store.index(EVENTS[2]) == 2


@pytest.mark.parametrize("at", [5, -6, 100])
def test_an_index_out_of_range_raises_as_a_list_does(at: int) -> None:
    with pytest.raises(IndexError):
        EventStore.from_events(EVENTS)[at]


@pytest.mark.parametrize(
    "rows", [slice(1, 4), slice(None), slice(-2, None), slice(3, 1), slice(0, 99), slice(2, 2)]
)
def test_a_slice_is_a_store_of_the_same_events(rows: slice) -> None:
    part = EventStore.from_events(EVENTS)[rows]

    assert isinstance(part, EventStore)
    assert list(part) == EVENTS[rows]


def test_a_slice_backwards_is_refused() -> None:
    with pytest.raises(ValueError, match="would break the replay order"):
        EventStore.from_events(EVENTS)[::-1]


def test_a_slice_that_cuts_a_tick_ends_with_an_untied_event() -> None:
    store = EventStore.from_events(EVENTS)

    cut = store[:1]

    assert (store.columns.symbol & SAME_TIME_FOLLOWS > 0).tolist() == [
        True,
        False,
        False,
        True,
        False,
    ]
    assert (cut.columns.symbol & SAME_TIME_FOLLOWS).tolist() == [0]


def test_a_slice_of_a_slice_still_finds_its_levels() -> None:
    part = EventStore.from_events(EVENTS)[1:][1:4]

    assert list(part) == EVENTS[2:]


def test_a_slice_keeps_what_is_known_of_the_source() -> None:
    store = EventStore(
        columns=EventStore.from_events(EVENTS).columns,
        rejected_events=3,
        recordings=("monday",),
        is_synthetic=True,
        fingerprint="f",
    )

    part = store[2:]

    assert (part.rejected_events, part.recordings) == (3, ("monday",))
    assert (part.is_synthetic, part.fingerprint) == (True, "f")


def test_its_symbols_are_sorted_and_hold_those_without_events() -> None:
    store = EventStore.from_events(EVENTS, ["ETH/BTC", "BTC/USD"])

    assert store.symbols == ("BTC/USD", "ETH/BTC", "ETH/USD")
    assert list(store) == EVENTS


def test_it_may_be_empty() -> None:
    store = EventStore.from_events([])

    assert (len(store), list(store), store.symbols) == (0, [], ())


def test_an_empty_side_is_zero_in_the_columns() -> None:
    columns = EventStore.from_events(EVENTS).columns

    assert np.array_equal(columns.best_bid, [99, 0, 99, 0, 99])
    assert np.array_equal(columns.inverse_ask, [1 / 100, 1 / 100, 0, 0, 1 / 100])


def test_times_out_of_order_are_refused_by_number() -> None:
    with pytest.raises(ValueError, match="event 2 lies before the one before it"):
        EventStore.from_events([event(1), event(0)])


def test_a_time_without_a_zone_is_refused() -> None:
    naive = ReplayBookEvent(datetime(2026, 3, 1), "BTC/USD", (), ())  # noqa: DTZ001 - the point

    with pytest.raises(ValueError, match="event 2 is at 2026-03-01 00:00:00, without a zone"):
        EventStore.from_events([event(0), naive])


@pytest.mark.parametrize(
    ("invalid", "code"),
    [
        (event(1, "BTCUSD"), "bad_symbol"),
        (event(1, asks=[(99.0, 1.0)]), "crossed"),
        (event(1, bids=[(math.nan, 1.0)]), "not_finite"),
        (event(1, bids=[(99.0, 0.0)]), "not_positive"),
        (event(1, bids=[(98.0, 1.0), (99.0, 1.0)]), "unsorted_bids"),
        (event(1, asks=[(100.0, 1e16)]), "out_of_bounds"),
    ],
)
def test_an_invalid_event_is_refused_by_number_and_code(
    invalid: ReplayBookEvent, code: str
) -> None:
    with pytest.raises(ValueError, match=f"event 2 is invalid, {code}: "):
        EventStore.from_events([event(0), invalid])
