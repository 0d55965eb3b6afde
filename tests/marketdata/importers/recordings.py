"""Lines of JSONL for tests, and the slow oracle that says what a reader must make of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from marketdata.importers.batches import BookBatch, ImportRefused, join_batches
from marketdata.importers.jsonl import JsonlReader
from marketdata.importers.jsonl_exact import Event, judge_line
from marketdata.importers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

EVENT: Mapping[str, Any] = {
    "occurred_at": "2026-03-01T12:00:00.000001Z",
    "symbol": "BTC/USD",
    "bids": [["59999.9", "2"], ["59999.8", "1e-3"]],
    "asks": [[60000, 0.5], ["60000.1", "2.25"]],
}
HEADER = json.dumps({"recording": {"name": "mine", "synthetic": True}}).encode()
NOON = 1_772_366_400_000_000


def event_line(**changes: object) -> bytes:
    """Return one valid event's line without newline, with some of its keys changed."""
    return json.dumps({**EVENT, **changes}).encode()


def at(microsecond: int, **changes: object) -> bytes:
    """Return an event's line at so many microseconds past NOON."""
    return event_line(occurred_at=f"2026-03-01T12:00:00.{microsecond:06}Z", **changes)


def raw_line(**changes: str) -> bytes:
    """Return an event's line with some of its values written just as given."""
    values = {key: json.dumps(value) for key, value in EVENT.items()} | changes
    return ("{" + ", ".join(f'"{key}": {value}' for key, value in values.items()) + "}").encode()


def read(path: Path, **options: Any) -> tuple[BookBatch, JsonlReader]:
    """Read a file to its end; return all of its events as one batch, and the reader."""
    with JsonlReader(path, **options) as reader:
        return join_batches(list(reader)), reader


def refusal_of(path: Path, **options: Any) -> tuple[int, str]:
    """Return the line and the code for which a file is refused."""
    with pytest.raises(ImportRefused) as caught:
        read(path, **options)
    return caught.value.refusal.line, caught.value.refusal.code


def numbered(rows: Sequence[tuple[object, object]]) -> list[str]:
    """Return short names for the rows of a table whose values make poor ones."""
    return [f"{number}-{ascii(name)[:20]}" for number, (name, _) in enumerate(rows)]


def read_slowly(text: bytes) -> tuple[list[tuple[int, str]], list[tuple[int, Event]]]:
    """Return (line, code) of all refused lines and (time, event) of the accepted ones.

    One line after the other, by the letter; `text` has no header.
    """
    refused, accepted = [], []
    latest: int | None = None
    for number, line in enumerate(text.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if not line.strip(b" \t\r"):
            continue
        verdict = judge_line(line)
        if not isinstance(verdict, Event):
            refused.append((number, verdict.code))
            continue
        time_us = parse_time(verdict.occurred_at)
        if not isinstance(time_us, int):
            raise TypeError(f"judge_line accepted {verdict.occurred_at}")
        if latest is not None and time_us < latest:
            refused.append((number, "time_backwards"))
            continue
        latest = time_us
        accepted.append((time_us, verdict))
    return refused, accepted
