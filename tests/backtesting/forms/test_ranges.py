from __future__ import annotations

from decimal import Decimal

import pytest

from backtesting.forms.ranges import RangeError, parse_values, written

BPS = {"bps": Decimal("0.0001")}


def values(text: str, **options: bool) -> list[float | None]:
    found = parse_values(text, BPS, **options).values()
    return [None if value is None else float(value) for value in found]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", []),
        ("5", [5]),
        ("50, 100,250", [50, 100, 250]),
        ("0.0005..0.002 step 0.0005", [0.0005, 0.001, 0.0015, 0.002]),
        ("1..10 step 4", [1, 5, 9]),
        ("5..20 step 5 bps", [0.0005, 0.001, 0.0015, 0.002]),
        ("5 bps, 0.001", [0.0005, 0.001]),
        ("1e-4", [0.0001]),
        ("-1..1 STEP 1", [-1, 0, 1]),
        ("7..7 step 1", [7]),
    ],
)
def test_lists_and_ranges_are_read(text: str, wanted: list[float]) -> None:
    assert values(text) == wanted
    assert parse_values(text, BPS).count == len(wanted)


def test_none_is_a_value_where_a_field_takes_it() -> None:
    assert values("none, 100", takes_none=True) == [None, 100]
    with pytest.raises(RangeError, match="'none' is no number"):
        values("none")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cheap", "'cheap' is no number"),
        ("1..5", "needs a step"),
        ("5..1 step 1", "ends below its start"),
        ("1..5 step 0", "must be above 0"),
        ("1..5 step -1", "must be above 0"),
        ("1, 2, 1.0", "is there twice"),
        ("1..3 step 1, 2", "2 is there twice"),
        ("5 ms", "alone or with bps"),
        ("1e99", "too large"),
        ("nan", "no number"),
        ("9" * 200, "too long"),
    ],
)
def test_what_is_no_list_is_refused_in_a_line(text: str, words: str) -> None:
    with pytest.raises(RangeError, match=words):
        parse_values(text, BPS).values()


@pytest.mark.usefixtures("counted_only")
def test_a_billion_values_are_counted_without_making_any() -> None:
    assert parse_values("0..1 step 0.000000001").count == 1_000_000_001
    assert parse_values("0..1e15 step 1e-18").count > 10**32


@pytest.mark.parametrize(
    "text", ["none, 100", "0.0005..0.002 step 0.0005", "5, 6, 8, 9", "1, 2, 3", "20"]
)
def test_values_are_written_as_they_are_typed(text: str) -> None:
    assert written(parse_values(text, takes_none=True).values()) == text
