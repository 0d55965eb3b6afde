"""The fast reading of many lines must be, line for line, what the exact one makes of each."""

from __future__ import annotations

import json
import os
import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketdata.importers import jsonl, jsonl_exact, jsonl_fast
from marketdata.importers.batches import join_batches
from marketdata.importers.jsonl import JsonlReader
from tests.marketdata.importers.recordings import event_line, raw_line, read_slowly
from tests.marketdata.importers.test_jsonl_exact import BAD_LINES, BAD_NUMBERS, NUMBERS

if TYPE_CHECKING:
    from pathlib import Path

# PROMISES D1 asks for 100,000; that takes ten seconds and more and is for the night.
MUTATED_LINES = int(os.environ.get("MUTATED_LINES", "20000"))

TOKENS = [
    *(b'"', b"\\", b"{", b"}", b"[", b"]", b":", b",", b"\n", b"\r\n", b"\r", b" ", b"\t", b"\0"),
    *(b"NaN", b"-Infinity", b"1e999", b"-", b"+", b"0", b".", b"e", b"E5", b"null", b"true"),
    *(
        b"\xff",
        b"\xed\xa0\x80",
        b"\xef\xbb\xbf",
        b"\xe2\x82\xac",
        b"\\ud800",
        b"\\u0062",
        b"\\/",
        b"\x1f",
    ),
    *(b'"bids"', b'"symbol":', b'"x":1,', b'"x":"bids",', b'"x":[[1]],', b'"x":{"bids":[]},'),
    *(b'"asks":[],', b'"occurred_at":"2026-03-01T12:00:00Z",', b'"x":01,', b'"x":"\xff",'),
    *(b"[5,1],", b'["1","1"],', b"[1],", b"[1,2,3],", b"[],", b'"nan"', b"{}", b"Z", b"+01:00"),
]
VALUES = [
    *("0", "-1", "1e-13", "1e16", "1e-400", '"1e400"', '"nan"', '"+1"', '".5"', '"01"', "null"),
    *('"1_0"', '" 1"', "[]", '""', "true", "1e5", '"1E-5"', "9" * 400, '"0.' + "0" * 400 + '1"'),
]
CLOCKS = [
    *("2026-03-01T{}Z", "2026-03-01 {}.5Z", "2026-03-01T{}.123456789Z", "2026-03-01t{}z"),
    *("2026-03-01T{}.000001+00:00", "2026-03-01T{}-00:00", "2026-03-01T{}", "2026-03-01T{}+00"),
    *("2026-02-30T{}Z", "2026-03-01T2{}Z", "2026-03-01T{}.Z", "{}"),
]
SYMBOLS = ["BTC/USD", "ETH/USD", "ETH/BTC", "X/X", "BTC-USD", "b/c", "", "A/B/C", "A:B/C"]


def make_line(rng: random.Random, number: int) -> bytes:
    """Return a line that is valid more often than not."""
    middle = rng.uniform(1, 60_000)
    bids = [[f"{middle * (1 - 0.001 * i):.8f}", rng.uniform(0.1, 9)] for i in range(1, 4)]
    asks = [[middle * (1 + 0.001 * i), f"{rng.uniform(0.1, 9):.4f}"] for i in range(1, 4)]
    second = number if rng.random() < 0.95 else max(0, number - rng.randrange(3))
    clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
    event: dict[str, Any] = {
        "occurred_at": rng.choice(CLOCKS[: 6 if rng.random() < 0.97 else None]).format(clock),
        "symbol": rng.choice(SYMBOLS[: 3 if rng.random() < 0.97 else None]),
        "bids": bids[: rng.randrange(4)],
        "asks": asks[: rng.randrange(4)],
    }
    if rng.random() < 0.1:
        event["note"] = rng.choice([None, 5, "bids", "\u20ac", "a:b", [[1]], {"bids": 1}, "{["])
    if rng.random() < 0.2:
        event = dict(rng.sample(list(event.items()), len(event)))
    gaps = rng.choice([(",", ":"), (", ", ": ")])
    return json.dumps(event, separators=gaps, ensure_ascii=rng.random() < 0.5).encode()


def mutate(rng: random.Random, line: bytes) -> bytes:
    """Return the line with a byte, a token or a number of it changed; often as it was."""
    start = rng.randrange(len(line))
    comma = line.find(b",", start) + 1
    bracket = line.find(b"[[", start) + 2
    edits: list[tuple[int, bytes, int]] = [
        (start, rng.randbytes(1), start + 1),
        (start, rng.choice(TOKENS), start),
        (start, b"", start + rng.randrange(1, 20)),
        (comma, rng.choice(TOKENS), comma),
        (bracket, rng.choice(VALUES).encode(), line.find(b",", bracket)),
        (start, line[start : start + 30], start),
    ]
    keep, put, resume = rng.choice([*edits, *[(0, b"", 0)] * 6])
    return line[:keep] + put + line[resume:]


def assert_read_as_slowly(file: Path, text: bytes) -> None:
    file.write_bytes(text)
    refused, accepted = read_slowly(text)

    with JsonlReader(file, skip_bad=True) as reader:
        events = join_batches(list(reader))

    assert [(one.line, one.code) for one in reader.first_refusals] == refused
    assert sum(reader.refused.values()) == len(refused)
    assert events.time_us.tolist() == [time_us for time_us, _ in accepted]
    symbols = [reader.symbols[index] for index in events.symbol]
    assert symbols == [event.symbol for _, event in accepted]
    assert events.bid_count.tolist() == [len(event.bids) for _, event in accepted]
    assert events.ask_count.tolist() == [len(event.asks) for _, event in accepted]
    expected = [
        [level.price, level.quantity]
        for _, event in accepted
        for level in (*event.bids, *event.asks)
    ]
    assert events.levels.tolist() == expected


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(jsonl, "FIRST_REFUSALS", MUTATED_LINES * 2)
    return tmp_path / "recording.jsonl"


@pytest.mark.parametrize("seed", range(20))
def test_mutated_lines_are_read_as_slowly_one_by_one(file: Path, seed: int) -> None:
    rng = random.Random(seed)

    # Short files: a time that a mutation moves far ahead makes all after it go backwards.
    for _ in range(MUTATED_LINES // 20 // 50):
        lines = [mutate(rng, make_line(rng, number)) for number in range(50)]
        assert_read_as_slowly(file, b"\n".join(lines))


def test_every_bad_line_of_the_table_is_refused_by_its_code(file: Path) -> None:
    bad = [*BAD_LINES, *((code, raw_line(asks=f"[[1, {text}]]")) for code, text in BAD_NUMBERS)]
    lines = [line for _, line in bad]

    assert_read_as_slowly(file, b"\n".join([event_line(), *lines, event_line()]))


def test_every_good_number_is_the_same_double(file: Path) -> None:
    lines = [raw_line(bids=f"[[{text}, 1]]", asks="[]") for text, _ in NUMBERS]

    assert_read_as_slowly(file, b"\n".join(lines))


@given(st.lists(st.floats(1e-12, 1e15), min_size=1, unique=True, max_size=9), st.data())
def test_any_spelling_of_a_number_is_the_double_that_python_reads(
    numbers: list[float], data: st.DataObject
) -> None:
    spellings = st.sampled_from(["{!r}", '"{!r}"', '"{:.17e}"', "{:.18f}", '"{:.14f}"', "{:.5E}"])
    texts = [data.draw(spellings).format(number) for number in sorted(numbers)]
    lines = [raw_line(bids=f"[[1, {text}]]", asks="[]") for text in texts]

    read = jsonl_fast.read_lines(b"\n".join(lines) + b"\n", lines)

    values = np.array([float(text.strip('"')) for text in texts])
    inside = (values >= 1e-12) & (values <= 1e15)
    assert read.levels[:, 1].tolist() == values[inside].tolist()
    assert len(read.faults) == (~inside).sum()


@given(st.lists(st.binary(max_size=60).filter(lambda line: b"\n" not in line), max_size=5))
def test_any_bytes_at_all_end_in_an_event_or_a_fault(lines: list[bytes]) -> None:
    read = jsonl_fast.read_lines(b"".join(line + b"\n" for line in lines), lines)

    blank = sum(not line.strip(b" \t\r") for line in lines)
    assert len(read.place) + len(read.faults) + blank == len(lines)


@pytest.mark.parametrize(
    "changes",
    [{}, {"venue": "kraken"}, {"sequence": 5, "time": 1.5}, {"bids": []}, {"symbol": "A.B/c-D"}],
)
def test_a_usual_line_never_takes_the_slow_road(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    def refuse(line: bytes) -> None:
        raise AssertionError(line)

    monkeypatch.setattr(jsonl_fast, "judge_line", refuse)
    lines = [event_line(**changes)] * 3

    read = jsonl_fast.read_lines(b"\n".join(lines), lines)

    assert read.symbols == [changes.get("symbol", "BTC/USD")] * 3


def test_a_slash_may_be_escaped_at_full_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [event_line().replace(b"/", b"\\/")]
    expected = jsonl_exact.judge_line(lines[0])
    monkeypatch.setattr(jsonl_fast, "judge_line", None)

    read = jsonl_fast.read_lines(lines[0], lines)

    assert isinstance(expected, jsonl_exact.Event)
    assert read.symbols == [expected.symbol] == ["BTC/USD"]


def test_what_was_decoded_before_a_bad_line_is_not_decoded_again() -> None:
    lines = [event_line(), b"{", event_line(), b"[", b"", event_line()]

    events = jsonl_fast._decode_lines(lines)

    assert [event is not None for event in events] == [True, False, True, False, False, True]


@pytest.mark.parametrize("count", [0, 1, 15, 16, 70_000])
def test_levels_come_through_messagepack_whole(count: int) -> None:
    levels = [jsonl_exact.Level(number + 0.1, number / 3) for number in range(count)]

    array = jsonl_fast._level_array(levels)

    assert array.shape == (count, 2)
    assert array.tolist() == [[level.price, level.quantity] for level in levels]
