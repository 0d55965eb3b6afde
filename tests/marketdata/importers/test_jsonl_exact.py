from __future__ import annotations

import json
from typing import Any

import pytest

from marketdata.books import Fault
from marketdata.importers.batches import REFUSALS
from marketdata.importers.jsonl_exact import Event, Level, judge_line
from marketdata.importers.text_lines import MAX_LINE_BYTES
from tests.marketdata.importers.recordings import EVENT, event_line, numbered, raw_line

# A value, as it stands in the line, for the price of the only bid.
NUMBERS = [
    ("1", 1.0),
    ("1.5", 1.5),
    ("1e3", 1000.0),
    ("1E+3", 1000.0),
    ("25e-1", 2.5),
    ('"1"', 1.0),
    ('"0.30000000000000004"', 0.30000000000000004),
    ('"1e3"', 1000.0),
    ('"1\\u0030"', 10.0),
    ("0.000000000001", 1e-12),
    ('"1' + "0" * 15 + '"', 1e15),
    ("1." + "0" * 5000 + "1", 1.0),
    ("0." + "0" * 11 + "1" + "7" * 5000, 1.7777777777777777e-12),
]
BAD_NUMBERS = [
    *(("not_finite", text) for text in ["NaN", "Infinity", "-Infinity"]),
    *(("not_finite", text) for text in ['"NaN"', '"nan"', '"-inf"', '"Infinity"', '"+Inf"']),
    *(("not_positive", text) for text in ["0", "-1", '"0.000"', '"-0"', "-0.0", "0e5", '"-1e-3"']),
    *(("out_of_bounds", text) for text in ["1e999", '"1e999"', "1e16", '"1e-13"', "1e-400"]),
    *(("out_of_bounds", text) for text in ['"1E+1000000"', "1E+999999999999", "9" * 5000]),
    *(("out_of_bounds", text) for text in ["-1e999", '"0.' + "0" * 500 + '1"', "1e-999999999"]),
    *(("bad_number", text) for text in ["null", "true", "[]", "{}", '""', '" 1"', '"1 "', '"1_0"']),
    *(("bad_number", text) for text in ['"+1"', '".5"', '"1."', '"0x10"', '"01"', '"1e"', '"1,5"']),
    *(("bad_number", text) for text in ['"\u0661"', '"\\ud800"', '"1\\n"', '"sNaN"', '"1d5"']),
    *(("bad_json", text) for text in ["01", "+1", ".5", "1.", "0x10", "1_0", "nan", "-", ""]),
]
BAD_LINES: list[tuple[str, bytes]] = [
    ("line_too_long", event_line() + b" " * MAX_LINE_BYTES),
    ("nul_byte", b"\0" + event_line()),
    ("nul_byte", event_line() + b"\0"),
    ("bad_encoding", event_line(note="X").replace(b"X", b"\xff")),
    ("bad_encoding", event_line(note="X").replace(b"X", b"\xed\xa0\x80")),
    ("bad_encoding", event_line().decode().encode("utf-16-be").replace(b"\0", b"\xfe")),
    ("nested_too_deep", b"[" * 100_000),
    ("nested_too_deep", b'{"a":' * 100_000),
    ("nested_too_deep", raw_line(note="[" * 64 + "]" * 64)),
    ("bad_json", b"{"),
    ("bad_json", b"{}{}"),
    ("bad_json", b"\xef\xbb\xbf" + event_line()),
    ("bad_json", event_line()[:-1]),
    ("bad_json", event_line() + b","),
    ("bad_json", b"'" + event_line() + b"'"),
    ("bad_json", event_line().replace(b"BTC", b"B\tC")),
    ("bad_json", event_line().replace(b"BTC", b"B\\xC")),
    ("bad_json", event_line() + b"\x0b"),
    ("bad_json", b"nonsense"),
    ("bad_json", b'"' + b'\\"' * 500_000),
    ("not_finite", raw_line(note="NaN")),
    ("not_an_object", b"[]"),
    ("not_an_object", b"5"),
    ("not_an_object", b"null"),
    ("not_an_object", b'"' + b"long" * 50 + b'"'),
    ("not_an_object", b"[" + event_line() + b"]"),
    ("duplicate_key", event_line()[:-1] + b', "symbol": "BTC/USD"}'),
    ("duplicate_key", event_line()[:-1] + b', "bi\\u0064s": []}'),
    ("missing_field", b"{}"),
    ("missing_field", b'{"recording": {"name": "again"}}'),
    *(
        ("missing_field", json.dumps({k: v for k, v in EVENT.items() if k != key}).encode())
        for key in EVENT
    ),
    ("bad_time", event_line(occurred_at=1_772_366_400)),
    ("bad_time", event_line(occurred_at=None)),
    ("bad_time", event_line(occurred_at="2026-03-01T12:00:60Z")),
    ("naive_time", event_line(occurred_at="2026-03-01T12:00:00")),
    ("bad_symbol", event_line(symbol="BTCUSD")),
    ("bad_symbol", event_line(symbol=5)),
    ("bad_symbol", event_line(symbol=None)),
    ("bad_symbol", raw_line(symbol='"\\ud800/USD"')),
    ("bad_levels", event_line(bids=None)),
    ("bad_levels", event_line(asks={})),
    ("bad_levels", event_line(bids="60000")),
    ("bad_levels", event_line(bids=[5])),
    ("bad_levels", event_line(bids=[[5]])),
    ("bad_levels", event_line(bids=[[5, 1, 1772366400]])),
    ("bad_levels", event_line(bids=[{"price": 5, "quantity": 1}])),
    ("bad_levels", event_line(bids=["51"])),
    ("bad_levels", event_line(bids=[[]])),
    ("too_many_levels", event_line(bids=[[5000 - i, 1] for i in range(1001)])),
    ("duplicate_level", event_line(bids=[["10.0", 1], ["10.00", 1]])),
    ("unsorted_bids", event_line(bids=[[9, 1], [10, 1]])),
    ("unsorted_asks", event_line(asks=[[70000, 1], [60000, 1]])),
    ("crossed", event_line(bids=[[60000, 1]])),
    ("crossed", event_line(bids=[["60000.00000000000000000001", 1]])),
]
# Codes that only a whole source can earn.
SOURCE_CODES = {
    *("unreadable", "unsupported", "unpacked_too_large", "endless_line", "too_many_symbols"),
    *("truncated", "corrupted", "time_backwards"),
}


def test_a_valid_line_gives_its_event() -> None:
    event = judge_line(event_line())

    assert event == Event(
        occurred_at="2026-03-01T12:00:00.000001Z",
        symbol="BTC/USD",
        bids=[Level(59999.9, 2.0), Level(59999.8, 0.001)],
        asks=[Level(60000.0, 0.5), Level(60000.1, 2.25)],
    )


@pytest.mark.parametrize(
    "extra",
    [
        {"venue": "kraken", "sequence": 5, "flags": [1, {"bids": []}], "note": None},
        {"recording": {"name": "an unknown key here"}},
        {"note": "[" * 500, "\u0394": "\u20ac"},
    ],
)
def test_unknown_keys_are_ignored(extra: dict[str, Any]) -> None:
    assert judge_line(event_line(**extra)) == judge_line(event_line())


def test_an_unknown_number_may_be_as_large_as_it_likes() -> None:
    assert judge_line(raw_line(note="9" * 5000, more="1e999")) == judge_line(event_line())


@pytest.mark.parametrize("line", [event_line() + b"\r", b" \t" + event_line() + b"  \r"])
def test_blanks_around_an_event_do_not_matter(line: bytes) -> None:
    assert judge_line(line) == judge_line(event_line())


@pytest.mark.parametrize(("bids", "asks"), [([], [[1, 1]]), ([[1, 1]], []), ([], [])])
def test_a_side_may_be_empty(bids: list[Any], asks: list[Any]) -> None:
    assert isinstance(judge_line(event_line(bids=bids, asks=asks)), Event)


@pytest.mark.parametrize(("text", "price"), NUMBERS, ids=numbered(NUMBERS))
def test_a_number_or_a_decimal_string_is_the_next_double(text: str, price: float) -> None:
    event = judge_line(raw_line(bids=f"[[{text}, 1]]", asks="[]"))

    assert isinstance(event, Event)
    assert event.bids == [Level(price, 1.0)]


@pytest.mark.timeout(60)  # as above: 1E+999999999999 as a whole number would never be done
@pytest.mark.parametrize(("code", "text"), BAD_NUMBERS, ids=numbered(BAD_NUMBERS))
def test_what_is_no_number_within_the_bounds_is_refused(code: str, text: str) -> None:
    fault = judge_line(raw_line(asks=f"[[1, {text}]]", bids="[]"))

    assert isinstance(fault, Fault)
    assert fault.code == code


@pytest.mark.timeout(60)  # milliseconds, unless a line takes time that grows beyond its length
@pytest.mark.parametrize(("code", "line"), BAD_LINES, ids=numbered(BAD_LINES))
def test_a_bad_line_has_one_code_and_one_printable_detail(code: str, line: bytes) -> None:
    fault = judge_line(line)

    assert isinstance(fault, Fault)
    assert fault.code == code
    assert fault.detail.isprintable()
    assert len(fault.detail) < 200


def test_each_code_of_a_line_has_a_bad_line() -> None:
    codes = {code for code, _ in [*BAD_LINES, *BAD_NUMBERS]}

    assert codes | SOURCE_CODES == set(REFUSALS)


def test_a_line_with_many_faults_is_refused_for_the_first_in_order() -> None:
    line = event_line(occurred_at="never", symbol="?", bids=[[1, 0]], asks=5)

    fault = judge_line(line)

    assert isinstance(fault, Fault)
    assert fault.code == "bad_time"
