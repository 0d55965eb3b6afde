"""Batches to blocks: rows on their way in, each block in a transaction of its own."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
from django.db import connection, transaction

from marketdata import staging, writers
from marketdata.packing import LEVEL_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from marketdata.importers.batches import BookBatch
    from marketdata.models import Recording

# A transaction that took longer than this halves the next one, so that none comes near a second.
SLOW_S: Final = 0.4
MAX_ROWS: Final = 16_384
MIN_ROWS: Final = 256
MAX_LEVEL_BYTES: Final = 32 * 1024 * 1024


class BookReader(Protocol):
    """What ingest asks of an importer; all but `symbols` is complete once it is iterated."""

    @property
    def symbols(self) -> list[str]: ...
    @property
    def header(self) -> Mapping[str, Any] | None: ...
    @property
    def refused(self) -> Mapping[str, int]: ...
    @property
    def bytes_read(self) -> int: ...
    @property
    def total_bytes(self) -> int | None: ...
    @property
    def fingerprint(self) -> str: ...
    def __iter__(self) -> Iterator[BookBatch]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProgress:
    """How far an import is; `bytes_total` is None where the source does not say."""

    stored: int
    bytes_read: int
    bytes_total: int | None


class BlockWriter:
    """Stores batches block by block, each in a transaction that is well below a second."""

    def __init__(
        self,
        recording: Recording,
        reader: BookReader,
        progress: Callable[[ImportProgress], None] | None,
    ) -> None:
        self._recording = recording
        self._reader = reader
        self._progress = progress
        self._stored = 0
        self._rows = MAX_ROWS

    def write(self, batch: BookBatch) -> None:
        position = 0
        while position < len(batch.time_us):
            block = block_of(batch, position, self._rows)
            self._store(block)
            position += len(block.time_us)

    def _store(self, block: BookBatch) -> None:
        started = time.monotonic()
        with transaction.atomic():
            _relax_durability()
            staging.confirm(self._recording, added=len(block.time_us))
            writers.write_rows(self._recording.pk, self._reader.symbols, block)
        took = time.monotonic() - started
        self._rows = max(MIN_ROWS, self._rows // 2) if took > SLOW_S else self._rows
        self._stored += len(block.time_us)
        if self._progress:
            self._progress(
                ImportProgress(
                    stored=self._stored,
                    bytes_read=self._reader.bytes_read,
                    bytes_total=self._reader.total_bytes,
                )
            )


def block_of(batch: BookBatch, position: int, rows: int) -> BookBatch:
    """Return the batch's events from `position` on: at most `rows`, and no more than fit memory."""
    counts = batch.bid_count.astype(np.int64) + batch.ask_count
    before = int(counts[:position].sum())
    sizes = np.cumsum(counts[position : position + rows]) * LEVEL_BYTES
    end = position + max(1, int(np.searchsorted(sizes, MAX_LEVEL_BYTES, side="right")))
    if position == 0 and end >= len(batch.time_us):
        return batch
    part = slice(position, end)
    return replace(
        batch,
        time_us=batch.time_us[part],
        symbol=batch.symbol[part],
        bid_count=batch.bid_count[part],
        ask_count=batch.ask_count[part],
        levels=batch.levels[before : before + int(counts[part].sum())],
    )


def _relax_durability() -> None:
    """Let PostgreSQL flush staged rows when it likes: the last transaction's flush covers them."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO OFF")
