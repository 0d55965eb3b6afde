"""Read many lines of JSONL at once, in C and NumPy, exactly as `jsonl_exact` would one by one.

A line is taken from the typed decoder only if it is surely what the exact reading accepts, with
the same values; every other line is judged there. So the two cannot disagree, and a line costs
its own check only where something is unusual about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, compress
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from marketdata.books import Fault, suspect_books, symbol_fault
from marketdata.importers.jsonl_exact import EVENT_KEYS, Event, Level, judge_line
from marketdata.importers.text_lines import MAX_LINE_BYTES
from marketdata.importers.times import UNREAD, parse_time, parse_times

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Lax: decimal strings become doubles too, by JSON's own grammar of numbers (and "nan", "inf",
# which the bounds then catch). It rounds as float() does.
_decode: Final = msgspec.json.Decoder(Event, strict=False).decode
_pack: Final = msgspec.msgpack.Encoder().encode
# How MessagePack writes [price, quantity]: the list of two, then each double with its mark.
_PACKED_LEVEL: Final = np.dtype(
    [("list", "u1"), ("f", "u1"), ("price", ">f8"), ("g", "u1"), ("quantity", ">f8")]
)
_QUOTED_KEYS: Final = tuple(f'"{key}"'.encode() for key in EVENT_KEYS)
_JSON_BLANKS: Final = b" \t\r"
_BLANKS: Final = _JSON_BLANKS + b"\n"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReadLines:
    """The events of some lines that are valid by themselves, and the faults of other lines.

    `place` int64 (n,) and the first of each fault are indexes into the lines; `symbols` has n
    names; the other columns are those of a BookBatch. Whether times go back is not looked at.
    """

    place: NDArray[np.int64]
    time_us: NDArray[np.int64]
    symbols: list[str]
    bid_count: NDArray[np.int64]
    ask_count: NDArray[np.int64]
    levels: NDArray[np.float64]
    faults: list[tuple[int, Fault]]

    def select(self, kept: NDArray[np.bool_]) -> ReadLines:
        """Return only the events where `kept` (n,) is true."""
        if kept.all():
            return self
        return ReadLines(
            place=self.place[kept],
            time_us=self.time_us[kept],
            symbols=list(compress(self.symbols, kept)),
            bid_count=self.bid_count[kept],
            ask_count=self.ask_count[kept],
            levels=self.levels[np.repeat(kept, self.bid_count + self.ask_count)],
            faults=self.faults,
        )


def read_lines(text: bytes, lines: list[bytes]) -> ReadLines:
    """Return what the lines hold; blank ones hold nothing. `text` is all of them with newlines."""
    if text[:1].isspace() and not text.strip(_BLANKS):  # or a bomb of newlines took half a minute
        text, lines = b"", []
    decoded = _decode_lines(lines)
    _drop_unsure(text, lines, decoded)
    faults = _judge_undecoded(lines, decoded)
    places = [place for place, event in enumerate(decoded) if event is not None]
    events = [event for event in decoded if event is not None]
    times = [event.occurred_at for event in events]
    return _settle(_columns(events, times, places, faults), lines, times)


def _decode_lines(lines: list[bytes]) -> list[Event | None]:
    """Return each line's event as the typed decoder reads it, None where it will not."""
    events: list[Event | None] = []
    decoding = map(_decode, lines)
    while len(events) < len(lines):
        try:
            # What was decoded before an error stays in the list.
            events.extend(decoding)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            events.append(None)
    return events


def _judge_undecoded(lines: list[bytes], events: list[Event | None]) -> list[tuple[int, Fault]]:
    """Put the events of undecoded lines that are valid after all into `events`; return faults."""
    faults = []
    for place, event in enumerate(events):
        if event is None and lines[place].strip(_JSON_BLANKS):
            verdict = judge_line(lines[place])
            if isinstance(verdict, Fault):
                faults.append((place, verdict))
            else:
                events[place] = verdict
    return faults


def _drop_unsure(text: bytes, lines: list[bytes], events: list[Event | None]) -> None:
    """Set to None the events of lines that the typed decoder may take more lightly than we do.

    It does not check the UTF-8 of what it skips, keeps the last of duplicate keys, and has no
    limit of length. In plain ASCII without escapes, a line with just the four keys has four colons
    beside those in its time and its symbol; the text is counted as a whole first.
    """
    if not _is_unescaped(text) or max(map(len, lines), default=0) > MAX_LINE_BYTES:
        for place, line in enumerate(lines):
            if not _is_unescaped(line) or len(line) > MAX_LINE_BYTES:
                events[place] = None
    read = [event for event in events if event is not None]
    colons = text.count(b":")
    if len(read) < len(lines):
        unread = (line for line, event in zip(lines, events, strict=True) if event is None)
        colons -= sum(line.count(b":") for line in unread)
    values = "".join([event.occurred_at + event.symbol for event in read])
    if colons != len(EVENT_KEYS) * len(read) + values.count(":"):
        for place, event in enumerate(events):
            if event is not None and not _has_each_key_once(lines[place], event):
                events[place] = None


def _is_unescaped(text: bytes) -> bool:
    r"""Say whether text is ASCII without escapes but `\/`, as PHP writes BTC\/USD."""
    return text.isascii() and text.count(b"\\") == text.count(b"\\/")


def _has_each_key_once(line: bytes, event: Event) -> bool:
    """Say whether a line has the four keys once and, beside them, nothing that nests."""
    if line.count(b":") == len(EVENT_KEYS) + (event.occurred_at + event.symbol).count(":"):
        return True
    return (
        all(line.count(key) == 1 for key in _QUOTED_KEYS)
        and line.count(b"{") == 1
        and line.count(b"[") == len(("bids", "asks")) + len(event.bids) + len(event.asks)
    )


def _columns(
    events: list[Event], times: list[str], places: list[int], faults: list[tuple[int, Fault]]
) -> ReadLines:
    sides = [side for event in events for side in (event.bids, event.asks)]
    counts = np.fromiter(map(len, sides), np.int64, len(sides))
    return ReadLines(
        place=np.array(places, np.int64),
        time_us=parse_times(times),
        symbols=[event.symbol for event in events],
        bid_count=counts[0::2],
        ask_count=counts[1::2],
        levels=_level_array(list(chain.from_iterable(sides))),
        faults=faults,
    )


def _level_array(levels: list[Level]) -> NDArray[np.float64]:
    """Return the levels as doubles (L, 2), by way of MessagePack: all of it in C."""
    packed = _pack(levels)
    start = len(packed) - len(levels) * _PACKED_LEVEL.itemsize
    rows = np.frombuffer(packed, _PACKED_LEVEL, offset=start)
    return np.column_stack((rows["price"], rows["quantity"])).astype(np.float64)


def _settle(rows: ReadLines, lines: list[bytes], times: list[str]) -> ReadLines:
    """Return only the valid events, those that fail a check having been judged by the letter."""
    suspect = suspect_books(rows.levels, rows.bid_count, rows.ask_count)
    suspect |= rows.time_us == UNREAD
    bad_symbols = {symbol for symbol in set(rows.symbols) if symbol_fault(symbol)}
    if bad_symbols:
        suspect |= np.fromiter((symbol in bad_symbols for symbol in rows.symbols), np.bool_)
    for row in np.flatnonzero(suspect):
        place = int(rows.place[row])
        verdict, time_us = judge_line(lines[place]), parse_time(times[row])
        if isinstance(verdict, Fault):
            rows.faults.append((place, verdict))
        elif isinstance(time_us, int):
            rows.time_us[row], suspect[row] = time_us, False
    return rows.select(~suspect)
