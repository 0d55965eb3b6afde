"""Whatever a source is made of, it ends with a code, in bounded time and memory."""

from __future__ import annotations

import gzip
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from marketdata.importers import jsonl, jsonl_fast, text_lines
from marketdata.importers.batches import ImportRefused
from marketdata.importers.jsonl import JsonlReader
from tests.marketdata.importers.recordings import NOON, at, read, refusal_of

if TYPE_CHECKING:
    from pathlib import Path

DEEP = [[50_000 - level, f"{level + 1}.00000001"] for level in range(40)]
READ_STANDARD_INPUT = """
import resource
from marketdata.importers.jsonl import JsonlReader
with JsonlReader("-", skip_bad=True) as reader:
    for batch in reader:
        pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_more_symbols_than_a_recording_holds_end_the_reading(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jsonl, "MAX_SYMBOLS", 3)
    file.write_bytes(b"\n".join(at(1, symbol=f"A{number}/USD") for number in range(5)))

    assert refusal_of(file, skip_bad=True) == (4, "too_many_symbols")


@pytest.mark.parametrize("name", ["'; DROP TABLE market_snapshots; --/USD", "<b>/USD", "A/B/C"])
def test_a_hostile_symbol_is_only_text(file: Path, name: str) -> None:
    file.write_bytes(at(1, symbol=name))

    assert refusal_of(file) == (1, "bad_symbol")


def test_a_line_that_is_too_long_is_skipped_and_the_rest_read(file: Path) -> None:
    long = at(2, note="x" * (3 << 20))
    file.write_bytes(b"\n".join([at(1), long, at(3), long, long, at(4)]))

    events, reader = read(file, skip_bad=True)

    assert (events.time_us - NOON).tolist() == [1, 3, 4]
    assert [(one.line, one.code) for one in reader.first_refusals] == [
        (2, "line_too_long"),
        (4, "line_too_long"),
        (5, "line_too_long"),
    ]
    assert reader.lines == 6


@pytest.mark.parametrize("over", [-1, 0, 1])
def test_a_line_may_be_just_as_long_as_the_limit(file: Path, over: int) -> None:
    line = at(1, note="")
    line = at(1, note="x" * (text_lines.MAX_LINE_BYTES - len(line) + over))
    file.write_bytes(line + b"\n")

    _, reader = read(file, skip_bad=True)

    assert reader.refused == ({"line_too_long": 1} if over > 0 else {})


def test_an_endless_line_ends_the_reading_even_when_skipping(file: Path) -> None:
    with file.open("wb") as sink:
        sink.write(at(1) + b"\n")
        sink.truncate(66 << 20)

    assert refusal_of(file, skip_bad=True) == (2, "endless_line")


def test_a_gzip_bomb_is_refused(file: Path) -> None:
    file.write_bytes(gzip.compress(bytes(256 << 20), 9))

    assert refusal_of(file, skip_bad=True) == (1, "unpacked_too_large")


def test_a_bomb_of_blank_lines_is_refused_without_a_look_at_each(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(line: bytes) -> None:
        pytest.fail(f"{line!r} was looked at")

    monkeypatch.setattr(jsonl_fast, "_decode", decode)
    file.write_bytes(gzip.compress(b"\n" * (256 << 20), 9))

    assert refusal_of(file, skip_bad=True)[1] == "unpacked_too_large"


@pytest.mark.parametrize("blank", [b"\x0b", b"\x0c", b"\xc2\xa0"])
def test_other_white_space_is_no_blank_line(file: Path, blank: bytes) -> None:
    file.write_bytes(b"\n" + blank + b"\n")

    assert refusal_of(file) == (2, "bad_json")


def test_a_file_that_breaks_off_gives_its_line(file: Path) -> None:
    text = b"\n".join(at(number) for number in range(1000))
    file.write_bytes(gzip.compress(text)[:-20])

    line, code = refusal_of(file)
    events, reader = read(file, skip_bad=True)

    assert code == "truncated"
    assert line == len(events) + 1
    assert len(events) > 900
    assert reader.refused == {"truncated": 1}


def test_a_bad_line_before_the_break_comes_first(file: Path) -> None:
    text = b"{\n" + b"\n".join(at(number) for number in range(1000))
    file.write_bytes(gzip.compress(text)[:-20])

    assert refusal_of(file) == (1, "bad_json")


def test_a_source_that_cannot_be_opened_is_refused_without_a_line(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="unreadable: it cannot be read: ") as caught:
        JsonlReader(tmp_path / "missing.jsonl", skip_bad=True)

    assert caught.value.refusal.line == 0
    assert "line" not in str(caught.value)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file() -> None:
    text = b"".join(at(number, bids=DEEP) + b"\n" for number in range(10_000))

    small, large = (peak_kib(text, repeats) for repeats in (1, 10))

    assert large <= 1.2 * small


def peak_kib(text: bytes, repeats: int) -> int:
    """Return the peak memory of a process that reads the text so many times over from a pipe."""
    command = [sys.executable, "-c", READ_STANDARD_INPUT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("the pipes are missing")
        for _ in range(repeats):
            child.stdin.write(text)
        child.stdin.close()
        return int(child.stdout.read())
