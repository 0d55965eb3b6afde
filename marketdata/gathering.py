"""The rows of a selection to columns in replay order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.db import connection

from marketdata import postgresql_rows, sqlite_rows
from marketdata.columns import BookColumns, build_columns
from marketdata.models import MarketSnapshot
from marketdata.moments import to_us
from marketdata.packing import LEVEL_BYTES
from marketdata.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from marketdata.selection import ChosenRecording, Selection
    from marketdata.spans import Chunk


# Where less than one row in so many is wanted, looking each up costs less than passing the others.
SPARSE: Final = 16


class GrowingArray:
    """An array that rows are appended to; `expected` rows fit without a copy."""

    def __init__(self, expected: int, kind: type, *, width: tuple[int, ...] = ()) -> None:
        # Memory that is not written to is not used: too high an expectation costs nothing.
        self._rows: NDArray[Any] = np.empty((max(1, expected), *width), kind)
        self._used = 0

    def append(self, rows: NDArray[Any]) -> None:
        end = self._used + len(rows)
        if end > len(self._rows):
            grown = np.empty((max(end, 2 * len(self._rows)), *self._rows.shape[1:]), rows.dtype)
            grown[: self._used] = self._rows[: self._used]
            self._rows = grown
        self._rows[self._used : end] = rows
        self._used = end

    def rows(self) -> NDArray[Any]:
        return self._rows[: self._used]


def gather(selection: Selection) -> BookColumns:
    """Return all events of a selection: by time, ties in order of storage."""
    held = [row for recording in selection.recordings for row in recording.held]
    events, levels = sum(row.events for row in held), sum(row.levels for row in held)
    ids, times = GrowingArray(events, np.int64), GrowingArray(events, np.int64)
    symbols = GrowingArray(events, np.uint16)
    bids, counts = GrowingArray(events, np.uint16), GrowingArray(events, np.uint16)
    depth = GrowingArray(levels, np.float64, width=(2,))
    for chunk in _chunks(selection):
        ids.append(chunk.ids)
        times.append(chunk.time_us)
        symbols.append(chunk.symbol)
        bids.append(chunk.bid_count)
        counts.append(chunk.level_count)
        depth.append(chunk.levels)
    order = replay_order(times.rows(), ids.rows())
    del ids
    sorted_depth = depth.rows() if order is None else _reorder(depth.rows(), counts.rows(), order)
    place = slice(None) if order is None else order
    return build_columns(
        symbols=selection.symbols,
        time_us=times.rows()[place],
        symbol=symbols.rows()[place],
        bid_count=bids.rows()[place],
        ask_count=(counts.rows() - bids.rows())[place],
        levels=sorted_depth,
    )


def replay_order(time_us: NDArray[np.int64], ids: NDArray[np.int64]) -> NDArray[np.intp] | None:
    """Return the order by time and id; None where the rows have it already."""
    later = time_us[1:] > time_us[:-1]
    tie = (time_us[1:] == time_us[:-1]) & (ids[1:] > ids[:-1])
    return None if bool((later | tie).all()) else np.lexsort((ids, time_us))


def spans(selection: Selection) -> Iterator[Span]:
    """Yield the runs of ids to read, those of recordings that lie apart each by itself."""
    group: list[ChosenRecording] = []
    for recording in sorted(selection.recordings, key=lambda chosen: chosen.first_id):
        if group and recording.first_id > max(chosen.last_id for chosen in group):
            yield _span(selection, group)
            group = []
        group.append(recording)
    if group:
        yield _span(selection, group)


def _chunks(selection: Selection) -> Iterator[Chunk]:
    rows_of = postgresql_rows if connection.vendor == "postgresql" else sqlite_rows
    for span in spans(selection):
        yield from rows_of.scan(span)


def _span(selection: Selection, group: Sequence[ChosenRecording]) -> Span:
    held = [row for recording in group for row in recording.held]
    events, levels = sum(row.events for row in held), sum(row.levels for row in held)
    runs = [_run_of_ids(recording, selection) for recording in group]
    return Span(
        recording_ids=tuple(recording.id for recording in group),
        symbols=selection.symbols,
        first_id=min(first for first, _ in runs),
        last_id=max(last for _, last in runs),
        first_us=selection.first_us,
        last_us=selection.last_us,
        is_every_symbol=all(recording.is_every_symbol() for recording in group),
        is_every_time=all(recording.is_whole for recording in group),
        is_sparse=events * SPARSE < sum(recording.stored for recording in group),
        row_bytes=LEVEL_BYTES * levels // max(1, events),
    )


def _run_of_ids(recording: ChosenRecording, selection: Selection) -> tuple[int, int]:
    """Return the first and last id between which the window's rows of a recording lie."""
    if recording.is_whole:
        return recording.first_id, recording.last_id
    rows = MarketSnapshot.objects.filter(recording_id=recording.id).order_by("id")

    def first_from(time_us: int) -> int:
        """Halve the ids, along which a recording's times never fall, down to one row."""
        low, high = recording.first_id, recording.last_id + 1
        while low < high:
            middle = (low + high) // 2
            row = rows.filter(id__gte=middle).values_list("id", "occurred_at").first()
            if row is None or to_us(row[1]) >= time_us:
                high = middle
            else:
                low = row[0] + 1
        return low

    return first_from(selection.first_us), first_from(selection.last_us + 1) - 1


def _reorder(
    levels: NDArray[np.float64], counts: NDArray[np.integer], order: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return the events' levels in another order of the events, a part at a time."""
    ends = np.cumsum(counts, dtype=np.int64)
    starts = ends - counts
    sorted_levels, filled = np.empty_like(levels), 0
    for first in range(0, len(order), 65_536):
        part = order[first : first + 65_536]
        size = counts[part].astype(np.int64)
        within = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
        end = filled + len(within)
        sorted_levels[filled:end] = levels[np.repeat(starts[part], size) + within]
        filled = end
    return sorted_levels
