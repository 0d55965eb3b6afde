"""Rows of `market_snapshots` out of SQLite, on the raw connection."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.db import connection

from marketdata.packing import LEVEL_BYTES, unpack_levels
from marketdata.spans import Chunk
from marketdata.writers import sqlite_times

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from marketdata.spans import Span

# More at a time would push their levels out of the processor's own memory.
ROWS_AT_ONCE: Final = 512


def scan(span: Span) -> Iterator[Chunk]:
    """Yield the rows of a span; one statement sees one state of the database throughout."""
    query, values = _by_symbol(span) if span.is_sparse else _as_they_lie(span)
    place = {symbol: index for index, symbol in enumerate(span.symbols)}
    connection.ensure_connection()
    raw: Any = connection.connection
    next_id = span.first_id
    with connection.wrap_database_errors, contextlib.closing(raw.cursor()) as cursor:
        cursor.execute(query, values)
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            count = len(rows)
            ids, times, symbols, bid_counts, books = zip(*rows, strict=True)
            yield Chunk(
                ids=_numbers(ids, count) if span.is_sparse else np.arange(next_id, next_id + count),
                time_us=np.array(times, "datetime64[us]").view(np.int64),
                symbol=np.fromiter(map(place.__getitem__, symbols), np.uint16, count),
                bid_count=_numbers(bid_counts, count),
                level_count=_numbers(map(len, books), count) // LEVEL_BYTES,
                levels=unpack_levels(books),
            )
            next_id += count


def _numbers(values: Iterable[int], count: int) -> NDArray[np.int64]:
    return np.fromiter(values, np.int64, count)


def _as_they_lie(span: Span) -> tuple[str, Sequence[Any]]:
    """Return the query for most of a span's rows, in order of id.

    The plus signs keep SQLite to the order in which the rows lie, where by an index it would look
    up each by itself; the one before occurred_at keeps Django from making datetimes. No id is
    asked for (NULL costs nothing): the order says enough.
    """
    query = (
        "SELECT NULL, +occurred_at, pairing_symbol, bid_levels, levels FROM market_snapshots"
        " WHERE id BETWEEN ? AND ? AND +recording_id IN (SELECT value FROM json_each(?))"
    )
    values = [span.first_id, span.last_id, json.dumps(span.recording_ids)]
    if not span.is_every_symbol:
        query += " AND +pairing_symbol IN (SELECT value FROM json_each(?))"
        values.append(json.dumps(span.symbols))
    if not span.is_every_time:
        query += " AND +occurred_at BETWEEN ? AND ?"
        values += _window(span)
    return f"{query} ORDER BY id", values


def _by_symbol(span: Span) -> tuple[str, Sequence[Any]]:
    """Return the query for a few of a span's rows, along the index of symbols and times."""
    query = """
        SELECT id, +occurred_at, pairing_symbol, bid_levels, levels
        FROM market_snapshots INDEXED BY snapshot_symbol_time
        WHERE pairing_symbol IN (SELECT value FROM json_each(?)) AND occurred_at BETWEEN ? AND ?
              AND +recording_id IN (SELECT value FROM json_each(?))
    """
    return query, [json.dumps(span.symbols), *_window(span), json.dumps(span.recording_ids)]


def _window(span: Span) -> list[str]:
    return sqlite_times(np.array([span.first_us, span.last_us], np.int64))
