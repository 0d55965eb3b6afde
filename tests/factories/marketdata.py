"""Rows of the marketdata app, made the way an import makes them."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import factory
import numpy as np

from marketdata.importers.batches import BookBatch
from marketdata.ingest import import_recording
from marketdata.models import AccountSnapshot, Recording

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# (microseconds since 1970, symbol, bids, asks)
Event = tuple[int, str, "Sequence[tuple[float, float]]", "Sequence[tuple[float, float]]"]
START_US = 1_772_366_400_000_000  # 2026-03-01 12:00 UTC
_contents = itertools.count()


class AccountSnapshotFactory(factory.django.DjangoModelFactory[AccountSnapshot]):
    class Meta:
        model = AccountSnapshot

    taken_at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    taker_rate = 0.004
    maker_rate = 0.0025


class ListReader:
    """An importer whose events are at hand; `refused` as if some lines had been left out."""

    def __init__(
        self,
        events: Sequence[Event],
        *,
        header: Mapping[str, Any] | None = None,
        refused: Mapping[str, int] | None = None,
        fingerprint: str | None = None,
        batch: int = 1000,
    ) -> None:
        self.symbols: list[str] = []
        self.header = header
        self.refused = Counter(refused)
        self.bytes_read = len(events)
        self.total_bytes: int | None = len(events)
        content = f"{next(_contents)}" if fingerprint is None else fingerprint
        self.fingerprint = hashlib.sha256(content.encode()).hexdigest()
        self._events = events
        self._batch = batch

    def __iter__(self) -> Iterator[BookBatch]:
        for start in range(0, len(self._events), self._batch):
            yield self._make(self._events[start : start + self._batch])

    def _make(self, events: Sequence[Event]) -> BookBatch:
        for _, symbol, _, _ in events:
            if symbol not in self.symbols:
                self.symbols.append(symbol)
        levels = [level for _, _, bids, asks in events for level in (*bids, *asks)]
        return BookBatch(
            time_us=np.array([event[0] for event in events], np.int64),
            symbol=np.array([self.symbols.index(event[1]) for event in events], np.uint16),
            bid_count=np.array([len(event[2]) for event in events], np.uint16),
            ask_count=np.array([len(event[3]) for event in events], np.uint16),
            levels=np.array(levels, np.float64).reshape(-1, 2),
        )


def make_recording(events: Sequence[Event], *, name: str | None = None, **reader: Any) -> Recording:
    """Return a ready recording of the events; keyword arguments as for ListReader."""
    summary = import_recording(ListReader(events, **reader), name=name)
    return Recording.objects.get(name=summary.recording)


def one(time_us: int, symbol: str = "BTC/USD") -> Event:
    """Return a book of one level a side."""
    return (time_us, symbol, [(1.0, 1.0)], [(2.0, 1.0)])


def random_events(
    count: int,
    *,
    seed: int = 1,
    symbols: Sequence[str] = ("BTC/USD", "ETH/BTC", "ETH/USD"),
    start_us: int = START_US,
) -> list[Event]:
    """Return valid events with ties in time, whole seconds, one-sided and empty books."""
    rng = np.random.default_rng(seed)
    times = start_us + np.cumsum(rng.choice([0, 1, 250_000, 1_000_000], count))
    return [
        (
            int(time),
            symbols[int(rng.integers(len(symbols)))],
            [(99.0 - level, float(rng.uniform(0.1, 5))) for level in range(rng.integers(0, 4))],
            [(100.0 + level, float(rng.uniform(0.1, 5))) for level in range(rng.integers(0, 4))],
        )
        for time in times
    ]
