"""Lines become events in the order of the file, and bad ones are refused by number and code."""

from __future__ import annotations

import hashlib
import pickle
from typing import TYPE_CHECKING

import numpy as np
import pytest

from marketdata.importers import text_lines
from marketdata.importers.batches import REFUSALS, ImportRefused
from marketdata.importers.jsonl import JsonlReader
from tests.marketdata.importers.recordings import HEADER, NOON, at, event_line, read, refusal_of

if TYPE_CHECKING:
    from pathlib import Path


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


def test_a_reader_left_half_way_closes_its_file(file: Path) -> None:
    file.write_bytes(b"\n".join(at(number) for number in range(9)))

    with JsonlReader(file) as reader:
        next(iter(reader))

    assert reader._source._file.closed


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
