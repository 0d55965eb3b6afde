"""Rows of `market_snapshots` to arrays, by each database's fastest way out.

A span is a run of ids in which some recordings lie; it is read in order of ids, a chunk at a time,
so that what is held twice is a chunk and never the whole.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import psycopg
from django.db import connection

from marketdata.moments import from_us
from marketdata.packing import LEVEL_BYTES, unpack_levels
from marketdata.writers import POSTGRESQL_EPOCH_US, sqlite_times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

# More at a time would push their levels out of the processor's own memory.
SQLITE_ROWS: Final = 512
POSTGRESQL_BYTES: Final = 8 * 1024 * 1024
LEAST_ROWS: Final = 256
_HEAD: Final = np.dtype(
    [
        ("id", ">i8"),
        ("time", ">i8"),
        ("symbol", ">i4"),
        ("bid_count", ">i2"),
        ("level_bytes", ">i4"),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which rows: of these recordings and symbols, ids and times from first to last, both in.

    `is_every_symbol` and `is_every_time` say that symbols and times leave out none of these rows;
    `row_bytes` is the mean size of a row's levels.
    """

    recording_ids: tuple[int, ...]
    symbols: tuple[str, ...]
    first_id: int
    last_id: int
    first_us: int
    last_us: int
    is_every_symbol: bool
    is_every_time: bool
    row_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chunk:
    """Rows in order of id.

    `ids`, `time_us` int64, `symbol` uint16 (its place in the span's), `bid_count`, `level_count`
    int64, all (n,); `levels` float64 (L, 2).
    """

    ids: NDArray[np.int64]
    time_us: NDArray[np.int64]
    symbol: NDArray[np.uint16]
    bid_count: NDArray[np.int64]
    level_count: NDArray[np.int64]
    levels: NDArray[np.float64]


def scan(span: Span) -> Iterator[Chunk]:
    """Yield the rows of a span in order of id."""
    return _scan_postgresql(span) if connection.vendor == "postgresql" else _scan_sqlite(span)


def _scan_sqlite(span: Span) -> Iterator[Chunk]:
    # The plus signs keep SQLite to the order in which the rows lie; by an index it would look up
    # each row by itself. The one in front keeps Django from making datetimes. One statement sees
    # one state of the database, however long it takes.
    query = (
        "SELECT +occurred_at, pairing_symbol, bid_levels, levels FROM market_snapshots"
        " WHERE id BETWEEN ? AND ? AND +recording_id IN (SELECT value FROM json_each(?))"
    )
    values = [span.first_id, span.last_id, json.dumps(span.recording_ids)]
    if not span.is_every_symbol:
        query += " AND +pairing_symbol IN (SELECT value FROM json_each(?))"
        values.append(json.dumps(span.symbols))
    if not span.is_every_time:
        query += " AND +occurred_at BETWEEN ? AND ?"
        values.extend(sqlite_times(np.array([span.first_us, span.last_us], np.int64)))
    place = {symbol: index for index, symbol in enumerate(span.symbols)}
    next_id = span.first_id
    connection.ensure_connection()
    raw: Any = connection.connection
    with contextlib.closing(raw.cursor()) as cursor:
        cursor.execute(f"{query} ORDER BY id", values)
        while rows := cursor.fetchmany(SQLITE_ROWS):
            times, symbols, bid_counts, books = zip(*rows, strict=True)
            yield Chunk(
                # Any numbers that rise as the ids do will do.
                ids=np.arange(next_id, next_id + len(rows)),
                time_us=np.array(times, "datetime64[us]").astype(np.int64),
                symbol=np.array([place[symbol] for symbol in symbols], np.uint16),
                bid_count=np.array(bid_counts, np.int64),
                level_count=np.array([len(book) for book in books], np.int64) // LEVEL_BYTES,
                levels=unpack_levels(books),
            )
            next_id += len(rows)


def _scan_postgresql(span: Span) -> Iterator[Chunk]:
    # Gathered on the server, a chunk is one value: row by row it would take three times as long.
    query = """
        SELECT string_agg(int8send(id) || timestamptz_send(occurred_at)
                          || int4send(place) || int2send(bid_levels)
                          || int4send(octet_length(levels)), ''),
               string_agg(levels, '')
        FROM (SELECT id, occurred_at, bid_levels, levels,
                     array_position(%s::text[], pairing_symbol::text) - 1 AS place
              FROM market_snapshots
              WHERE id BETWEEN %s AND %s AND recording_id = ANY(%s) AND pairing_symbol = ANY(%s)
                    AND occurred_at BETWEEN %s AND %s
              ORDER BY id) AS rows
    """
    rows = max(LEAST_ROWS, POSTGRESQL_BYTES // max(1, span.row_bytes))
    window = [from_us(span.first_us), from_us(span.last_us)]
    symbols = list(span.symbols)
    connection.ensure_connection()
    # Django's own cursors put parameters into the text, which rules out binary results.
    with psycopg.Cursor(connection.connection) as cursor:
        for first_id in range(span.first_id, span.last_id + 1, rows):
            last_id = min(first_id + rows - 1, span.last_id)
            ids = [first_id, last_id, list(span.recording_ids)]
            cursor.execute(query, [symbols, *ids, symbols, *window], binary=True)
            for heads, levels in cursor:
                if heads is not None:
                    yield _chunk_of(heads, levels)


def _chunk_of(heads: bytes, levels: bytes) -> Chunk:
    head = np.frombuffer(heads, _HEAD)
    return Chunk(
        ids=head["id"].astype(np.int64),
        time_us=head["time"].astype(np.int64) + POSTGRESQL_EPOCH_US,
        symbol=head["symbol"].astype(np.uint16),
        bid_count=head["bid_count"].astype(np.int64),
        level_count=head["level_bytes"].astype(np.int64) // LEVEL_BYTES,
        levels=unpack_levels([levels]),
    )
