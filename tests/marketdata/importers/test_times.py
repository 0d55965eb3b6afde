from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketdata.books import Fault
from marketdata.importers.times import UNREAD, parse_time, parse_times

NOON = 1_772_366_400_000_000  # 2026-03-01T12:00:00Z

READ = [
    ("2026-03-01T12:00:00Z", NOON),
    ("2026-03-01t12:00:00z", NOON),
    ("2026-03-01 12:00:00Z", NOON),
    ("2026-03-01T12:00:00.1Z", NOON + 100_000),
    ("2026-03-01T12:00:00.000001Z", NOON + 1),
    ("2026-03-01T12:00:00.0000019Z", NOON + 1),  # cut, not rounded
    ("2026-03-01T12:00:00.999999999Z", NOON + 999_999),
    ("2026-03-01T12:00:00." + "9" * 400 + "Z", NOON + 999_999),
    ("2026-03-01T13:00:00+01:00", NOON),
    ("2026-03-01T13:00:00.25+01:00", NOON + 250_000),
    ("2026-03-01T13:00:00+01", NOON),
    ("2026-03-01T17:30:00+0530", NOON),
    ("2026-03-01T06:30:00-05:30", NOON),
    ("2026-03-01T12:00:00-00:00", NOON),
    ("1970-01-01T00:00:00Z", 0),
    ("1969-12-31T23:59:59.9999999Z", -1),
    ("2024-02-29T00:00:00Z", 1_709_164_800_000_000),
    ("2000-02-29T00:00:00Z", 951_782_400_000_000),
    ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
    ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
]
REFUSED = [
    ("naive_time", "2026-03-01T12:00:00"),
    ("naive_time", "2026-03-01 12:00:00.5"),
    *(
        ("bad_time", text)
        for text in [
            "",
            "Z",
            "now",
            "1772366400",
            "2026-03-01",
            "2026-03-01T12:00Z",
            "20260301T120000Z",
            "2026-W09-7T12:00:00Z",
            "2026-03-01T12:00:00.Z",
            "2026-03-01T12:00:00,5Z",
            "2026-03-01T12:00:60Z",
            "2026-03-01T12:60:00Z",
            "2026-03-01T24:00:00Z",
            "2026-02-29T12:00:00Z",
            "2100-02-29T12:00:00Z",
            "2026-00-01T12:00:00Z",
            "2026-13-01T12:00:00Z",
            "2026-04-31T12:00:00Z",
            "2026-03-00T12:00:00Z",
            "0000-01-01T12:00:00Z",
            "2026-03-01T12:00:00+24:00",
            "2026-03-01T12:00:00+01:60",
            "2026-03-01T12:00:00+1:00",
            "2026-03-01T12:00:00 Z",
            "2026-03-01T12:00:00Z\n",
            " 2026-03-01T12:00:00Z",
            "2026-03-01T12:00:00.12_4Z",
            "-026-03-01T12:00:00Z",
            "2026-03-01T12:00:00.1 34+01:00",
            "\u0662026-03-01T12:00:00Z",
            "0001-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
        ]
    ),
]

moments = st.datetimes(timezones=st.just(UTC))
zones = st.integers(-23 * 60 - 59, 23 * 60 + 59)


@pytest.mark.parametrize(("text", "time_us"), READ)
def test_a_time_with_a_zone_is_read_to_the_microsecond(text: str, time_us: int) -> None:
    assert parse_time(text) == time_us
    assert parse_times([text])[0] in {time_us, UNREAD}


@pytest.mark.parametrize(("code", "text"), REFUSED)
def test_another_time_is_refused_by_name(code: str, text: str) -> None:
    fault = parse_time(text)

    assert isinstance(fault, Fault)
    assert fault.code == code
    if text.isascii():
        assert parse_times([text])[0] == UNREAD


@pytest.mark.parametrize("value", [None, 1_772_366_400, 1.5, True, ["2026-03-01T12:00:00Z"], {}])
def test_what_is_no_text_is_no_time(value: object) -> None:
    fault = parse_time(value)

    assert isinstance(fault, Fault)
    assert fault.code == "bad_time"


def test_the_usual_shapes_need_no_second_look() -> None:
    usual = [text for text, _ in READ if 20 <= len(text) <= 35 and text[0] in "12"]
    usual = [text for text in usual if text[-1] in "Zz" or text[-3] == ":"]

    times = parse_times(usual)

    assert len(usual) >= 13
    assert UNREAD not in times


def test_no_times_at_all_give_none() -> None:
    assert parse_times([]).shape == (0,)


@given(st.lists(st.tuples(moments, zones, st.sampled_from(["T", " "])), max_size=20))
def test_many_at_once_are_what_the_calendar_of_python_says(
    rows: list[tuple[datetime, int, str]],
) -> None:
    texts, expected = [], []
    for moment, minutes, between in rows:
        if 1 < moment.year < 9999:
            there = moment.astimezone(timezone(timedelta(minutes=minutes)))
            texts.append(there.isoformat(between))
            expected.append((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(0, 0, 1))

    assert [parse_time(text) for text in texts] == expected
    assert parse_times(texts).tolist() == expected


@given(st.lists(st.text("0123456789-:T .Z+", min_size=18, max_size=36), max_size=10))
def test_many_at_once_never_read_what_one_alone_refuses(texts: list[str]) -> None:
    times = parse_times(texts)

    for text, time_us in zip(texts, times.tolist(), strict=True):
        assert time_us in {parse_time(text), UNREAD}
