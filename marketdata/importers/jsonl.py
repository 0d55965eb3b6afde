"""Read recordings in our own JSONL: an event a line, valid events in batches, the rest refused.

    {"occurred_at": "2026-03-01T12:00:00.000001Z", "symbol": "BTC/USD",
     "bids": [["59999.9", "2"], ...], "asks": [[60000.0, 2], ...]}

Line 1 may be a header, `{"recording": {"name", "source", "synthetic", ...}}`. Blank lines are
skipped (and numbered), lines may end in CRLF, the last one in nothing, and a byte order mark
before line 1 is passed over. Plain, gzip or zstd, from a file, a FIFO or standard input.
"""

from __future__ import annotations

import codecs
import hashlib
import json
from collections import Counter
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from marketdata.books import Fault
from marketdata.columns import MAX_SYMBOLS, BookColumns, build_columns
from marketdata.importers.batches import BookBatch, ImportRefused, Refusal, join_batches
from marketdata.importers.jsonl_exact import read_object
from marketdata.importers.jsonl_fast import ReadLines, read_lines
from marketdata.importers.sources import SourceFault, TextSource, UnpackingLimits
from marketdata.importers.text_lines import LineChunk, LineCutter
from marketdata.importers.times import UNREAD

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterator, Mapping
    from types import TracebackType

    from numpy.typing import NDArray

FIRST_REFUSALS: Final = 20
_HEADER_KEY: Final = "recording"
# Faults that end the source: with skip_bad the events before them are kept.
_BROKEN_OFF: Final = frozenset({"truncated", "corrupted"})


class JsonlReader(AbstractContextManager["JsonlReader"]):
    """Yields the valid events of a JSONL source as batches, once, in constant memory.

    Without `skip_bad` the first invalid line raises ImportRefused; with it invalid lines are
    counted by code in `refused`, the first of them kept in `first_refusals`. A source that cannot
    be opened, or is no recording at all, raises ImportRefused either way.

    `symbols`: in the order in which accepted events first show them; `header`: line 1 as an
    object if it is one, else None; `lines`: how many were read, blank ones too; `bytes_read`: of
    the file as it is, packed; `total_bytes`: its size, None where it has none; `fingerprint`:
    SHA-256 of the unpacked text, complete once the reader has come to the end.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        skip_bad: bool = False,
        limits: UnpackingLimits | None = None,
    ) -> None:
        self.symbols: list[str] = []
        self.header: Mapping[str, Any] | None = None
        self.refused: Counter[str] = Counter()
        self.first_refusals: list[Refusal] = []
        self._skip_bad = skip_bad
        self._symbol_index: dict[str, int] = {}
        self._last_us: int = UNREAD
        self._hash = hashlib.sha256()
        try:
            self._source = TextSource(path, limits)
        except SourceFault as error:
            raise ImportRefused(str(path), _refusal(error.fault, 0)) from error
        self._cutter = LineCutter(self._pieces())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._source.close()

    @property
    def lines(self) -> int:
        return self._cutter.lines

    @property
    def bytes_read(self) -> int:
        return self._source.bytes_read

    @property
    def total_bytes(self) -> int | None:
        return self._source.total_bytes

    @property
    def fingerprint(self) -> str:
        return self._hash.hexdigest()

    def __iter__(self) -> Iterator[BookBatch]:
        """Yield batches to the end of the source; none of them is empty."""
        try:
            for chunk in self._cutter:
                batch = self._read_chunk(chunk)
                if len(batch):
                    yield batch
        except SourceFault as error:
            refusal = _refusal(error.fault, self.lines + 1)
            if not (self._skip_bad and refusal.code in _BROKEN_OFF):
                raise ImportRefused(self._source.name, refusal) from error
            self._refuse(refusal)
        finally:
            self._source.close()

    def _pieces(self) -> Iterator[bytes]:
        for piece in self._source:
            self._hash.update(piece)
            yield piece

    def _read_chunk(self, chunk: LineChunk) -> BookBatch:
        text, lines = chunk.text, chunk.lines
        if chunk.first_line == 1:
            text, lines = self._without_header(text, lines)
        read = read_lines(text, lines)
        read = read.select(self._in_order(read))
        for place, fault in sorted(read.faults, key=lambda found: found[0]):
            self._refuse(_refusal(fault, chunk.first_line + place))
        return self._batch(read, chunk.first_line)

    def _without_header(self, text: bytes, lines: list[bytes]) -> tuple[bytes, list[bytes]]:
        """Take the byte order mark and the header off the first lines, if they have them."""
        first = lines[0].removeprefix(codecs.BOM_UTF8)
        self.header = _read_header(first)
        kept = b"" if self.header is not None else first
        return kept + text[len(lines[0]) :], [kept, *lines[1:]]

    def _in_order(self, read: ReadLines) -> NDArray[np.bool_]:
        """Return which events lie at or after the last accepted one before them."""
        latest = np.maximum.accumulate(np.concatenate(([self._last_us], read.time_us)))
        in_order: NDArray[np.bool_] = read.time_us >= latest[:-1]
        for row in np.flatnonzero(~in_order):
            back_us = int(latest[row]) - int(read.time_us[row])
            fault = Fault(
                code="time_backwards",
                detail=f"it lies {back_us:,} microseconds before the last accepted event",
            )
            read.faults.append((int(read.place[row]), fault))
        self._last_us = int(latest[-1])
        return in_order

    def _refuse(self, refusal: Refusal) -> None:
        if not self._skip_bad:
            raise ImportRefused(self._source.name, refusal)
        self.refused[refusal.code] += 1
        if len(self.first_refusals) < FIRST_REFUSALS:
            self.first_refusals.append(refusal)

    def _batch(self, read: ReadLines, first_line: int) -> BookBatch:
        if not self._symbol_index.keys() >= set(read.symbols):
            self._learn_symbols(read, first_line)
        index = map(self._symbol_index.__getitem__, read.symbols)
        return BookBatch(
            time_us=read.time_us,
            symbol=np.fromiter(index, np.uint16, len(read.symbols)),
            bid_count=read.bid_count.astype(np.uint16),
            ask_count=read.ask_count.astype(np.uint16),
            levels=read.levels,
        )

    def _learn_symbols(self, read: ReadLines, first_line: int) -> None:
        for place, symbol in zip(read.place.tolist(), read.symbols, strict=True):
            if symbol in self._symbol_index:
                continue
            if len(self.symbols) == MAX_SYMBOLS:
                detail = f"{symbol} is one more than the {MAX_SYMBOLS:,} symbols of a recording"
                refusal = Refusal(code="too_many_symbols", line=first_line + place, detail=detail)
                raise ImportRefused(self._source.name, refusal)
            self._symbol_index[symbol] = len(self.symbols)
            self.symbols.append(symbol)


def read_columns(
    path: str | os.PathLike[str],
    *,
    skip_bad: bool = False,
    symbols: Collection[str] | None = None,
    start_us: int | None = None,
    end_us: int | None = None,
) -> tuple[BookColumns, JsonlReader]:
    """Return the file's events with `start_us <= time < end_us` as columns, and their reader.

    The columns' symbols are sorted: all that the file shows, or those of `symbols` that it shows
    (`reader.symbols` tells which it lacks). All events are checked, those left out too.
    """
    parts = []
    with JsonlReader(path, skip_bad=skip_bad) as reader:
        for batch in reader:
            wanted = _in_window(batch, start_us, end_us)
            if symbols is not None:
                named = np.array([symbol in symbols for symbol in reader.symbols], np.bool_)
                wanted &= named[batch.symbol]
            parts.append(batch.select(wanted))
    seen = reader.symbols
    kept = sorted(seen if symbols is None else set(seen) & set(symbols))
    place = {symbol: index for index, symbol in enumerate(kept)}
    renumbered = np.array([place.get(symbol, 0) for symbol in seen], np.uint16)
    whole = join_batches(parts)
    columns = build_columns(
        symbols=kept,
        time_us=whole.time_us,
        symbol=renumbered[whole.symbol],
        bid_count=whole.bid_count,
        ask_count=whole.ask_count,
        levels=whole.levels,
    )
    return columns, reader


def _in_window(batch: BookBatch, start_us: int | None, end_us: int | None) -> NDArray[np.bool_]:
    wanted = np.ones(len(batch), np.bool_)
    if start_us is not None:
        wanted &= batch.time_us >= start_us
    if end_us is not None:
        wanted &= batch.time_us < end_us
    return wanted


def _read_header(line: bytes) -> Mapping[str, Any] | None:
    """Return line 1 as an object if it is `{"recording": {...}}`, else None."""
    pairs = read_object(line)
    if isinstance(pairs, Fault) or not isinstance(dict(pairs).get(_HEADER_KEY), tuple):
        return None
    try:
        header: dict[str, Any] = json.loads(line)
    except ValueError:  # an integer of more digits than Python will convert
        return None
    return header


def _refusal(fault: Fault, line: int) -> Refusal:
    return Refusal(code=fault.code, line=line, detail=fault.detail)
