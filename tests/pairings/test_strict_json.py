from __future__ import annotations

import io
import sys
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from pairings.strict_json import (
    MAX_BYTES,
    Fields,
    NumberText,
    PairingFileError,
    parse_json,
    read_text,
    shown,
    source_name,
    to_decimal,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_numbers_stay_as_they_were_written() -> None:
    value = parse_json('{"a": 0.10, "b": -7, "c": 1e999999999}')

    assert value == {"a": "0.10", "b": "-7", "c": "1e999999999"}
    assert all(isinstance(number, NumberText) for number in value.values())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("{", "is not JSON: .* at line 1, column 2"),
        ('[1]\n{"a": 2}', "Extra data at line 2, column 1"),
        ("[NaN]", "holds NaN"),
        ("[-Infinity]", "holds -Infinity"),
        ('{"a": 1, "b": 2, "a": 3}', "key 'a' comes twice"),
        ('[[{"x": {"y": 1, "y": 1}}]]', "key 'y' comes twice"),
        ("[" * 200_000, "nested too deeply"),
        ('{"a":' * 200_000, "nested too deeply"),
        ('["\x00"]', "is not JSON"),
    ],
)
def test_bad_json_is_refused_in_one_line(text: str, message: str) -> None:
    with pytest.raises(PairingFileError, match=message) as refusal:
        parse_json(text)

    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("text", ["1" * 25, "1e999", "NaN", "1_0", "٣", "0x1", ".5", "+1", "1 "])
def test_wild_numbers_are_none(text: str) -> None:
    assert to_decimal(text) is None
    assert to_decimal(NumberText(text)) is None


@pytest.mark.parametrize("value", [True, None, [], {}])
def test_what_is_no_number_is_none(value: object) -> None:
    assert to_decimal(value) is None


def test_numbers_and_decimal_strings_are_read_exactly() -> None:
    assert to_decimal("0.00005") == Decimal("0.00005")
    assert to_decimal(NumberText("5E-05")) == Decimal("0.00005")


def test_a_missing_and_a_null_field_are_none() -> None:
    fields = Fields({"a": None}, "entry 1")

    assert [fields.text("a"), fields.whole("a"), fields.amount("b")] == [None, None, None]
    assert fields.pairs("a") == ()


@pytest.mark.parametrize(
    "value", [True, NumberText("-1"), "x", [], {}, NumberText("1e16"), NumberText("9" * 5000)]
)
def test_a_wrong_amount_is_refused_with_place_name_value_and_remedy(value: object) -> None:
    with pytest.raises(
        PairingFileError, match=r"^entry 1: fee is .*; it must be a number from 0 to 1e\+15$"
    ) as refusal:
        Fields({"fee": value}, "entry 1").amount("fee")

    assert len(str(refusal.value)) < 150


@pytest.mark.parametrize("value", ["8.5", NumberText("19"), NumberText("-1"), True, "eight"])
def test_a_wrong_count_of_decimals_is_refused(value: object) -> None:
    with pytest.raises(PairingFileError, match="must be a whole number from 0 to 18"):
        Fields({"lot_decimals": value}, "entry 1").whole("lot_decimals")


@pytest.mark.parametrize("value", ["\ud800", "a\x00", "a\n", "ü", "x" * 66, NumberText("5"), True])
def test_a_text_that_no_database_or_terminal_would_take_is_refused(value: object) -> None:
    with pytest.raises(PairingFileError, match="printable ASCII"):
        Fields({"altname": value}, "entry 1").text("altname")


@pytest.mark.parametrize("value", [{}, "x", [[NumberText("1")]], [NumberText("1")], [["a", "b"]]])
def test_a_wrong_list_of_fees_is_refused(value: object) -> None:
    with pytest.raises(PairingFileError, match="volume, fee"):
        Fields({"fees": value}, "entry 1").pairs("fees")


def test_an_entry_that_is_no_object_is_refused() -> None:
    with pytest.raises(PairingFileError, match="entry 1 is a list; it must be an object"):
        Fields([], "entry 1")


def test_a_value_is_shown_short_and_in_ascii() -> None:
    assert shown("\ud800é") == r"'\ud800\xe9'"
    assert shown("x" * 1000) == "'" + "x" * 39 + "..."
    assert shown({"a": 1}) == "an object"
    assert shown([1]) == "a list"
    assert shown(None) == "null"


def test_a_byte_order_mark_is_no_matter(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_bytes(b"\xef\xbb\xbf[]")

    assert read_text(path) == "[]"


def test_bytes_that_are_not_utf8_are_refused_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_bytes(b"[\xff]")

    with pytest.raises(PairingFileError, match="byte 0xff at offset 1 is not UTF-8"):
        read_text(path)


def test_a_huge_file_is_refused_without_reading_it_all(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES * 100)

    with pytest.raises(PairingFileError, match="more than 16 MiB"):
        read_text(path)


@pytest.mark.parametrize("name", ["missing.json", ".", "nul\x00byte"])
def test_what_cannot_be_opened_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(PairingFileError, match=r"cannot be read: .*; name a file of pairings"):
        read_text(f"{tmp_path}/{name}")


def test_a_closed_standard_input_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)

    with pytest.raises(PairingFileError, match="cannot be read: it is closed; name a file"):
        read_text("-")


@pytest.mark.parametrize(
    ("source", "shown"),
    [("", "''"), ("a\nb", "a\\nb"), ("\xe9.json", "\\xe9.json"), ("a b", "a b")],
)
def test_a_source_is_named_on_one_line(source: str, shown: str) -> None:
    assert source_name(source) == shown


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"[1]")))

    assert read_text("-") == "[1]"
