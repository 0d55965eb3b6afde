from __future__ import annotations

import gzip
import hashlib
import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from marketdata.columns import SAME_TIME_FOLLOWS, SYMBOL_MASK
from marketdata.importers import jsonl, text_lines
from marketdata.importers.batches import REFUSALS, BookBatch, ImportRefused, join_batches
from marketdata.importers.jsonl import JsonlReader, read_columns
from tests.marketdata.importers.recordings import event_line

TAPES = Path(__file__).parents[4] / "shared" / "fixtures" / "tapes"
HEADER = json.dumps({"recording": {"name": "mine", "synthetic": True}}).encode()
DEEP = [[50_000 - level, f"{level + 1}.00000001"] for level in range(40)]
READ_STANDARD_INPUT = """
import resource
from marketdata.importers.jsonl import JsonlReader
with JsonlReader("-", skip_bad=True) as reader:
    for batch in reader:
        pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
NOON = 1_772_366_400_000_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "recording.jsonl"


def at(microsecond: int, **changes: object) -> bytes:
    return event_line(occurred_at=f"2026-03-01T12:00:00.{microsecond:06}Z", **changes)


def read(path: Path, **options: Any) -> tuple[BookBatch, JsonlReader]:
    with JsonlReader(path, **options) as reader:
        return join_batches(list(reader)), reader


def refusal_of(path: Path, **options: Any) -> tuple[int, str]:
    with pytest.raises(ImportRefused) as caught:
        read(path, **options)
    return caught.value.refusal.line, caught.value.refusal.code


def test_events_come_as_columns_in_the_order_of_the_file(file: Path) -> None:
    one_sided = at(7, symbol="ETH/USD", bids=[], asks=[["3000", "1.5"]])
    file.write_bytes(at(5) + b"\n" + one_sided + b"\n" + at(7) + b"\n")

    events, reader = read(file)

    assert events.time_us.tolist() == [NOON + 5, NOON + 7, NOON + 7]
    assert events.symbol.tolist() == [0, 1, 0]
    assert reader.symbols == ["BTC/USD", "ETH/USD"]
    assert events.bid_count.tolist() == [2, 0, 2]
    assert events.ask_count.tolist() == [2, 1, 2]
    book = [[59999.9, 2.0], [59999.8, 0.001], [60000.0, 0.5], [60000.1, 2.25]]
    assert events.levels.tolist() == [*book, [3000.0, 1.5], *book]


def test_the_columns_have_the_promised_types(file: Path) -> None:
    file.write_bytes(at(1))

    events, _ = read(file)

    assert events.time_us.dtype == np.int64
    assert {events.symbol.dtype, events.bid_count.dtype, events.ask_count.dtype} == {
        np.dtype(np.uint16)
    }
    assert events.levels.dtype == np.float64
    assert events.levels.shape == (4, 2)


@pytest.mark.parametrize(
    "text",
    [
        at(1) + b"\n" + at(2),
        at(1) + b"\r\n" + at(2) + b"\r\n",
        b"\xef\xbb\xbf" + at(1) + b"\n" + at(2) + b"\n",
        b"\n\n \t\r\n" + at(1) + b"\n\n" + at(2) + b"\n\r\n\n",
        HEADER + b"\n" + at(1) + b"\n" + at(2) + b"\n",
        b"\xef\xbb\xbf" + HEADER + b"\r\n" + at(1) + b"\n" + at(2),
    ],
)
def test_line_ends_blank_lines_and_marks_change_nothing(file: Path, text: bytes) -> None:
    file.write_bytes(text)

    events, reader = read(file, skip_bad=True)

    assert events.time_us.tolist() == [NOON + 1, NOON + 2]
    assert not reader.refused
    assert reader.fingerprint == hashlib.sha256(text).hexdigest()


@pytest.mark.parametrize("text", [b"", b"\n", b"\xef\xbb\xbf", HEADER])
def test_a_source_without_events_yields_no_batch(file: Path, text: bytes) -> None:
    file.write_bytes(text)

    with JsonlReader(file) as reader:
        assert list(reader) == []


def test_line_1_may_tell_about_the_recording(file: Path) -> None:
    file.write_bytes(HEADER + b"\n" + at(1))

    _, reader = read(file)

    assert reader.header == {"recording": {"name": "mine", "synthetic": True}}
    assert reader.lines == 2


def test_an_event_in_line_1_is_no_header(file: Path) -> None:
    file.write_bytes(at(1))

    events, reader = read(file)

    assert reader.header is None
    assert len(events) == 1


@pytest.mark.parametrize("line", [b'{"recording": 5}', b'{"recording": {"n": NaN}}', b"[5]"])
def test_what_only_looks_like_a_header_is_refused(file: Path, line: bytes) -> None:
    file.write_bytes(line + b"\n" + at(1))

    assert refusal_of(file)[0] == 1


def test_a_header_is_none_after_line_1(file: Path) -> None:
    file.write_bytes(b"\n" + HEADER + b"\n")

    assert refusal_of(file) == (2, "missing_field")


def test_the_first_bad_line_ends_the_reading(file: Path) -> None:
    lines = [at(1), at(2), event_line(symbol="nonsense"), b"{", at(3)]
    file.write_bytes(b"\n".join(lines))

    with pytest.raises(ImportRefused) as caught:
        read(file)

    assert str(caught.value) == (
        f"{file}, line 3: bad_symbol: symbol 'nonsense' is not BASE/QUOTE with two assets, "
        "such as BTC/USD"
    )


def test_bad_lines_are_skipped_and_counted_by_code_when_asked(file: Path) -> None:
    lines = [at(5), b"{", at(4), at(5, bids=[[0, 1]]), b"[]", b"{", at(6)]
    file.write_bytes(b"\n".join(lines))

    events, reader = read(file, skip_bad=True)

    assert events.time_us.tolist() == [NOON + 5, NOON + 6]
    assert reader.refused == {
        "bad_json": 2,
        "time_backwards": 1,
        "not_positive": 1,
        "not_an_object": 1,
    }
    assert [(refusal.line, refusal.code) for refusal in reader.first_refusals] == [
        (2, "bad_json"),
        (3, "time_backwards"),
        (4, "not_positive"),
        (5, "not_an_object"),
        (6, "bad_json"),
    ]


def test_only_the_first_refusals_are_kept_word_for_word(file: Path) -> None:
    file.write_bytes(b"{\n" * 1000)

    _, reader = read(file, skip_bad=True)

    assert reader.refused == {"bad_json": 1000}
    assert len(reader.first_refusals) == 20


def test_time_is_held_against_the_last_accepted_event_only(file: Path) -> None:
    refused = at(9, bids=[[0, 1]])
    lines = [at(5), refused, at(3), at(5), at(4), at(6, symbol="ETH/USD"), at(5)]
    file.write_bytes(b"\n".join(lines))

    events, reader = read(file, skip_bad=True)

    assert (events.time_us - NOON).tolist() == [5, 5, 6]
    assert [refusal.line for refusal in reader.first_refusals] == [2, 3, 5, 7]
    assert reader.refused["time_backwards"] == 3


def test_time_is_held_against_the_chunk_before(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_lines, "CHUNK_BYTES", 1)
    monkeypatch.setattr("marketdata.importers.sources.BLOCK_BYTES", 1000)
    # Each ten runs 0, 2, ... 18; of the next, 10, 12, 14 and 16 lie before that 18.
    lines = [at(number % 10 + number) for number in range(300)]
    file.write_bytes(b"\n".join(lines))

    events, reader = read(file, skip_bad=True)

    assert len(events) + reader.refused["time_backwards"] == 300
    assert (np.diff(events.time_us) >= 0).all()
    assert reader.refused["time_backwards"] == 29 * 4


def test_a_symbol_of_refused_events_only_is_not_seen(file: Path) -> None:
    file.write_bytes(at(5) + b"\n" + at(6, symbol="ETH/USD", bids=5) + b"\n" + at(4, symbol="A/B"))

    _, reader = read(file, skip_bad=True)

    assert reader.symbols == ["BTC/USD"]


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


def test_a_reader_left_half_way_closes_its_file(file: Path) -> None:
    file.write_bytes(b"\n".join(at(number) for number in range(9)))

    with JsonlReader(file) as reader:
        next(iter(reader))

    assert reader._source._file.closed


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


def test_batches_and_refusals_cross_a_process_boundary(file: Path) -> None:
    file.write_bytes(at(1) + b"\n{")
    with JsonlReader(file, skip_bad=True) as reader:
        batch = next(iter(reader))
    error = ImportRefused("here", reader.first_refusals[0])

    batch_there, error_there = pickle.loads(pickle.dumps((batch, error)))  # noqa: S301 -- our own bytes

    assert batch_there.levels.tolist() == batch.levels.tolist()
    assert str(error_there) == str(error)
    assert error_there.refusal == error.refusal


def test_every_code_is_one_of_the_list(file: Path) -> None:
    file.write_bytes(b"{\n[]\n" + at(5) + b"\n" + at(4))

    _, reader = read(file, skip_bad=True)

    assert set(reader.refused) <= set(REFUSALS)


def test_columns_are_sorted_by_symbol_and_flag_ties(file: Path) -> None:
    lines = [at(1, symbol="ETH/USD"), at(1), at(2, symbol="ADA/USD", bids=[])]
    file.write_bytes(b"\n".join(lines))

    columns, reader = read_columns(file)

    assert columns.symbols == ("ADA/USD", "BTC/USD", "ETH/USD")
    assert (columns.symbol & SYMBOL_MASK).tolist() == [2, 1, 0]
    assert (columns.symbol >= SAME_TIME_FOLLOWS).tolist() == [True, False, False]
    assert columns.best_bid.tolist() == [59999.9, 59999.9, 0.0]
    assert reader.symbols == ["ETH/USD", "BTC/USD", "ADA/USD"]


def test_columns_hold_only_the_symbols_and_the_window_asked_for(file: Path) -> None:
    names = ["ETH/USD", "BTC/USD", "ADA/USD"]
    file.write_bytes(b"\n".join(at(t, symbol=names[t % 3]) for t in range(9)))

    columns, reader = read_columns(
        file, symbols=["ETH/USD", "BTC/USD", "XRP/USD"], start_us=NOON + 1, end_us=NOON + 7
    )

    assert columns.symbols == ("BTC/USD", "ETH/USD")
    assert (columns.time_us - NOON).tolist() == [1, 3, 4, 6]
    assert (columns.symbol & SYMBOL_MASK).tolist() == [0, 1, 0, 1]
    assert len(columns.levels) == 4 * 4
    assert reader.symbols == names


def test_what_is_left_out_of_the_columns_is_checked_all_the_same(file: Path) -> None:
    file.write_bytes(at(1) + b"\n" + at(2, symbol="ETH/USD", bids=[[0, 0]]))

    with pytest.raises(ImportRefused):
        read_columns(file, symbols=["BTC/USD"], end_us=NOON)


def test_an_empty_file_gives_empty_columns(file: Path) -> None:
    file.write_bytes(b"")

    columns, reader = read_columns(file, symbols=["BTC/USD"])

    assert len(columns) == 0
    assert columns.symbols == ()
    assert reader.symbols == []


@pytest.mark.parametrize(
    ("name", "events", "symbols"),
    [("real_kraken_btcusd_51s", 510, 1), ("real_poloniex_11pairs_30s", 294, 11)],
)
def test_the_real_tapes_are_read_without_a_refusal(name: str, events: int, symbols: int) -> None:
    tape = TAPES / f"{name}.jsonl"
    if not tape.exists():
        pytest.skip(f"THE REAL TAPES ARE MISSING: {tape}")

    columns, reader = read_columns(tape)

    assert len(columns) == events
    assert len(reader.symbols) == symbols
    assert not reader.refused
