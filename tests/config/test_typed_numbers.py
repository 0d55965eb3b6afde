"""One reader for the numbers that people type."""

from __future__ import annotations

import math

import pytest
from django.core.exceptions import ValidationError

from config.number_fields import DecimalField, FloatField, IntegerField
from config.typed_numbers import typed_number, typed_whole

ODD = ["", "x", "1_0", "١٠", "１", "1 0", "0x10", "nan", "inf", "1,5", "--1", "1e", "."]  # noqa: RUF001 - digits of other scripts


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("10", 10.0),
        (" -1.5 ", -1.5),
        ("+.5", 0.5),
        ("5.", 5.0),
        ("1e-9", 1e-9),
        ("1E999", math.inf),
    ],
)
def test_a_number_is_read(text: str, number: float) -> None:
    assert typed_number(text) == number


@pytest.mark.parametrize("text", [*ODD, "1e9999"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert typed_number(text) is None


def test_a_whole_number_is_read() -> None:
    assert [typed_whole(text) for text in ("0", " 42 ", "-7", "9" * 20)] == [0, 42, -7, 10**20 - 1]


@pytest.mark.parametrize("text", [*ODD, "1.0", "1e3", "9" * 5000])
def test_what_is_no_whole_number_is_none(text: str) -> None:
    assert typed_whole(text) is None


@pytest.mark.parametrize("field", [FloatField(), IntegerField(), DecimalField()])
def test_a_field_reads_the_same_numbers(field: FloatField | IntegerField | DecimalField) -> None:
    assert field.clean(" 10 ") == 10
    for text in ODD[1:]:
        with pytest.raises(ValidationError):
            field.clean(text)
