"""Rows of `market_snapshots` out of PostgreSQL, gathered on the server.

A chunk of rows travels as two values, one of fixed fields and one of levels: row by row it would
take three times as long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.db import connection

from marketdata.moments import from_us
from marketdata.packing import LEVEL_BYTES, unpack_levels
from marketdata.spans import Chunk
from marketdata.writers import POSTGRESQL_EPOCH_US

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from marketdata.spans import Span

CHUNK_BYTES: Final = 2 * 1024 * 1024
# With 1,000 levels a side so many rows still fit into a value of PostgreSQL's, 1 GB.
MOST_ROWS: Final = 16_384
_HEAD: Final = np.dtype(
    [
        ("id", ">i8"),
        ("time", ">i8"),
        ("symbol", ">i4"),
        ("bid_count", ">i2"),
        ("level_bytes", ">i4"),
    ]
)
_GATHER: Final = """
    SELECT string_agg(int8send(id) || timestamptz_send(occurred_at) || int4send(place)
                      || int2send(bid_levels) || int4send(octet_length(levels)), ''),
           string_agg(levels, '')
    FROM (SELECT id, occurred_at, bid_levels, levels,
                 array_position(%s::text[], pairing_symbol::text) - 1 AS place
          FROM market_snapshots
"""
_BY_SYMBOL: Final = (
    _GATHER
    + """
          WHERE pairing_symbol = %s AND (occurred_at, id) > (%s, %s) AND occurred_at <= %s
                AND recording_id = ANY(%s)
          ORDER BY occurred_at, id LIMIT %s) AS rows
    """
)


def scan(span: Span) -> Iterator[Chunk]:
    """Yield the rows of a span; the rows of a ready recording do not change in between."""
    connection.ensure_connection()
    # Django's own cursors put parameters into the text, which rules out binary results. psycopg is
    # had from the connection: on SQLite nobody waits for its import.
    plain: type[psycopg.Cursor[Any]] = connection.Database.Cursor  # type: ignore[attr-defined]
    with connection.wrap_database_errors, plain(connection.connection) as cursor:
        yield from (_by_symbol if span.is_sparse else _as_they_lie)(cursor, span)


def _as_they_lie(cursor: psycopg.Cursor[Any], span: Span) -> Iterator[Chunk]:
    """Yield most of a span's rows, in order of id.

    What leaves out nothing is not asked for, and the symbols in such a way that no index can
    answer: the rows lie side by side.
    """
    query = f"{_GATHER} WHERE id BETWEEN %s AND %s AND recording_id = ANY(%s)"
    values: list[Any] = []
    if not span.is_every_symbol:
        query += " AND pairing_symbol || '' = ANY(%s)"
        values.append(list(span.symbols))
    if not span.is_every_time:
        query += " AND occurred_at BETWEEN %s AND %s"
        values += [from_us(span.first_us), from_us(span.last_us)]
    rows = _rows_at_once(span)
    for first_id in range(span.first_id, span.last_id + 1, rows):
        run = [first_id, min(first_id + rows - 1, span.last_id), list(span.recording_ids)]
        yield from _gathered(
            cursor, f"{query} ORDER BY id) AS rows", [list(span.symbols), *run, *values]
        )


def _by_symbol(cursor: psycopg.Cursor[Any], span: Span) -> Iterator[Chunk]:
    """Yield a few of a span's rows, symbol by symbol along the index of symbols and times."""
    symbols, recordings = list(span.symbols), list(span.recording_ids)
    last_us, limit = from_us(span.last_us), _rows_at_once(span)
    for symbol in symbols:
        after_us, after_id = span.first_us, -1
        while True:
            place = [symbol, from_us(after_us), after_id, last_us, recordings, limit]
            chunk = next(_gathered(cursor, _BY_SYMBOL, [symbols, *place]), None)
            if chunk is None:
                break
            yield chunk
            after_us, after_id = int(chunk.time_us[-1]), int(chunk.ids[-1])


def _rows_at_once(span: Span) -> int:
    return min(MOST_ROWS, CHUNK_BYTES // max(LEVEL_BYTES, span.row_bytes) + 1)


def _gathered(cursor: psycopg.Cursor[Any], query: str, values: list[Any]) -> Iterator[Chunk]:
    """Yield the chunk that a query gathers; nothing if it finds no row."""
    cursor.execute(query.encode(), values, binary=True)
    for heads, levels in cursor.fetchall():
        if heads is not None:
            head = np.frombuffer(heads, _HEAD)
            yield Chunk(
                ids=head["id"].astype(np.int64),
                time_us=head["time"].astype(np.int64) + POSTGRESQL_EPOCH_US,
                symbol=head["symbol"].astype(np.uint16),
                bid_count=head["bid_count"].astype(np.int64),
                level_count=head["level_bytes"].astype(np.int64) // LEVEL_BYTES,
                levels=unpack_levels([levels]),
            )
