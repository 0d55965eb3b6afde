"""Blocks of books to rows of `market_snapshots`, by each database's fastest way in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.db import connection

from marketdata.packing import LEVEL_BYTES, pack_levels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from marketdata.importers.batches import BookBatch

_INSERT: Final = (
    "INSERT INTO market_snapshots (recording_id, pairing_symbol, occurred_at, best_bid, best_ask,"
    " bid_levels, levels) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_COPY: Final = (
    "COPY market_snapshots (recording_id, occurred_at, bid_levels, best_bid, best_ask,"
    " pairing_symbol, levels) FROM STDIN (FORMAT BINARY)"
)
_COPY_START: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_END: Final = b"\xff\xff"
POSTGRESQL_EPOCH_US: Final = 946_684_800_000_000
# The first fields of a row in COPY's binary format, each after its size in bytes.
_ROW_HEAD: Final = np.dtype(
    [
        ("fields", ">i2"),
        ("recording_size", ">i4"),
        ("recording", ">i8"),
        ("time_size", ">i4"),
        ("time", ">i8"),
        ("bid_levels_size", ">i4"),
        ("bid_levels", ">i2"),
    ]
)
_PRICE: Final = np.dtype([("size", ">i4"), ("price", ">f8")])
_NULL: Final = b"\xff\xff\xff\xff"
_DATE_LENGTH: Final = 10
_SECOND_LENGTH: Final = 19


def write_rows(recording_id: int, symbols: Sequence[str], batch: BookBatch) -> None:
    """Store a batch in the transaction that is open, in the batch's order."""
    if not len(batch.time_us):
        return
    if connection.vendor == "postgresql":
        _copy(recording_id, symbols, batch)
    else:
        _insert(recording_id, symbols, batch)


def sqlite_times(time_us: NDArray[np.int64]) -> list[str]:
    """Return times as Django stores them in SQLite: without a fraction where there is none."""
    text = np.datetime_as_string(time_us.astype("datetime64[us]"))
    text.view(np.uint32).reshape(len(text), -1)[:, _DATE_LENGTH] = ord(" ")
    times: list[str] = text.tolist()
    for index in np.flatnonzero(time_us % 1_000_000 == 0).tolist():
        times[index] = times[index][:_SECOND_LENGTH]
    return times


def _insert(recording_id: int, symbols: Sequence[str], batch: BookBatch) -> None:
    count = len(batch.time_us)
    bids, asks = (prices.tolist() for prices in _best_prices(batch))
    for index in np.flatnonzero(batch.bid_count == 0).tolist():
        bids[index] = None
    for index in np.flatnonzero(batch.ask_count == 0).tolist():
        asks[index] = None
    rows = zip(
        [recording_id] * count,
        [symbols[index] for index in batch.symbol.tolist()],
        sqlite_times(batch.time_us),
        bids,
        asks,
        batch.bid_count.tolist(),
        pack_levels(batch.levels, _counts(batch)),
        strict=True,
    )
    connection.ensure_connection()
    raw: Any = connection.connection
    with connection.wrap_database_errors:
        raw.executemany(_INSERT, rows)


def _copy(recording_id: int, symbols: Sequence[str], batch: BookBatch) -> None:
    count = len(batch.time_us)
    parts = [b""] * (5 * count)
    parts[0::5] = _heads(recording_id, batch)
    parts[1::5], parts[2::5] = (
        _prices(prices, counts)
        for prices, counts in zip(
            _best_prices(batch), (batch.bid_count, batch.ask_count), strict=True
        )
    )
    parts[3::5] = _symbols_and_sizes(symbols, batch)
    parts[4::5] = pack_levels(batch.levels, _counts(batch))
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(_COPY) as copy,
    ):
        copy.write(b"".join((_COPY_START, *parts, _COPY_END)))


def _heads(recording_id: int, batch: BookBatch) -> list[bytes]:
    heads = np.empty(len(batch.time_us), _ROW_HEAD)
    heads["fields"] = 7
    heads["recording_size"], heads["recording"] = 8, recording_id
    heads["time_size"], heads["time"] = 8, batch.time_us - POSTGRESQL_EPOCH_US
    heads["bid_levels_size"], heads["bid_levels"] = 2, batch.bid_count
    return _cut(heads)


def _prices(prices: NDArray[np.float64], counts: NDArray[np.integer]) -> list[bytes]:
    fields = np.empty(len(prices), _PRICE)
    fields["size"], fields["price"] = 8, prices
    cut = _cut(fields)
    for index in np.flatnonzero(counts == 0).tolist():
        cut[index] = _NULL
    return cut


def _symbols_and_sizes(symbols: Sequence[str], batch: BookBatch) -> list[bytes]:
    """Return each row's symbol field and the size that goes before its levels."""
    names = [len(name).to_bytes(4, "big") + name for name in map(str.encode, symbols)]
    sizes = _counts(batch) * LEVEL_BYTES
    kinds, which = np.unique(batch.symbol.astype(np.int64) << 32 | sizes, return_inverse=True)
    made = [names[kind >> 32] + (kind & 0xFFFFFFFF).to_bytes(4, "big") for kind in kinds.tolist()]
    return [made[index] for index in which.tolist()]


def _cut(records: NDArray[Any]) -> list[bytes]:
    data, size = records.tobytes(), records.dtype.itemsize
    return [data[start : start + size] for start in range(0, len(data), size)]


def _counts(batch: BookBatch) -> NDArray[np.int64]:
    return batch.bid_count.astype(np.int64) + batch.ask_count


def _best_prices(batch: BookBatch) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return best bids and best asks; 0.0 where that side is empty."""
    counts = _counts(batch)
    starts = np.cumsum(counts) - counts
    bids, asks = np.zeros(len(counts)), np.zeros(len(counts))
    has_bid, has_ask = np.flatnonzero(batch.bid_count), np.flatnonzero(batch.ask_count)
    bids[has_bid] = batch.levels[starts[has_bid], 0]
    asks[has_ask] = batch.levels[starts[has_ask] + batch.bid_count[has_ask], 0]
    return bids, asks
