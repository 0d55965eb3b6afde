"""Judge one line of JSONL by the letter: the event it holds, or the one code of what is wrong.

Slow and plain, this is the authority: `jsonl_fast` reads what is surely right and sends every
other line here. The order of the checks, which decides the code of a line with several faults:
the bytes, the JSON, the keys, the time, the symbol, the levels' form, their numbers, the book.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final, NoReturn

import msgspec

from marketdata.books import BookLevel, Fault, book_fault, shown, symbol_fault
from marketdata.importers.text_lines import MAX_LINE_BYTES
from marketdata.importers.times import parse_time

EVENT_KEYS: Final = ("occurred_at", "symbol", "bids", "asks")
MAX_NESTING: Final = 64
LEVEL_ENTRIES: Final = 2

_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
_NOT_FINITE: Final = re.compile(r"[+-]?(?:nan|inf|infinity)", re.ASCII | re.IGNORECASE)
_NOT_ZERO: Final = re.compile(r"[^eE]*[1-9]", re.ASCII)
# The closing quote may be missing, so that no start of a string is ever looked at twice.
_STRING_OR_BRACKET: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)


class Level(msgspec.Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    price: float
    quantity: float


class Event(msgspec.Struct, gc=False):
    """One line's event; no `gc`: the collector would walk its levels for nothing."""

    occurred_at: str
    symbol: str
    bids: list[Level]
    asks: list[Level]


class _Lexeme(str):
    """A JSON number as it stands in the line: no digit is lost, and no huge power computed."""

    __slots__ = ()


class _NotFiniteLiteral(Exception):  # noqa: N818 -- never leaves this file
    """The line has NaN or Infinity where JSON has numbers."""


Pairs = tuple[tuple[str, Any], ...]


def judge_line(line: bytes) -> Event | Fault:
    """Return the valid event of one line, or the first fault of it."""
    pairs = read_object(line)
    if isinstance(pairs, Fault):
        return pairs
    values: dict[str, Any] = {}
    for key, value in pairs:
        if key in EVENT_KEYS:
            if key in values:
                return Fault(code="duplicate_key", detail=f'the key "{key}" stands there twice')
            values[key] = value
    for key in EVENT_KEYS:
        if key not in values:
            return Fault(code="missing_field", detail=f'there is no "{key}"')
    return _judge_values(values)


def _judge_values(values: dict[str, Any]) -> Event | Fault:
    time_us = parse_time(values["occurred_at"])
    if isinstance(time_us, Fault):
        return time_us
    if fault := symbol_fault(values["symbol"]):
        return fault
    sides = []
    for side in ("bids", "asks"):
        levels = _read_side(side, values[side])
        if isinstance(levels, Fault):
            return levels
        sides.append(levels)
    if fault := book_fault(*sides):
        return fault
    bids, asks = ([Level(*level) for level in levels] for levels in sides)
    return Event(values["occurred_at"], values["symbol"], bids, asks)


def read_object(line: bytes) -> Pairs | Fault:
    """Return the (key, value) pairs of a line that is a JSON object, or what is wrong with it.

    Numbers are left as the text they are; objects within are pairs as well.
    """
    if len(line) > MAX_LINE_BYTES:
        return Fault(
            code="line_too_long", detail=f"more than {MAX_LINE_BYTES:,} bytes before its end"
        )
    if b"\0" in line:
        return Fault(code="nul_byte", detail=f"byte {line.index(0) + 1} of the line is NUL")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        return Fault(code="bad_encoding", detail=f"byte {error.start + 1} of the line is not UTF-8")
    if _nesting(text) > MAX_NESTING:
        return Fault(
            code="nested_too_deep", detail=f"lists and objects nest more than {MAX_NESTING} deep"
        )
    return _parse_object(text)


def _parse_object(text: str) -> Pairs | Fault:
    try:
        value = json.loads(
            text,
            parse_float=_Lexeme,
            parse_int=_Lexeme,
            parse_constant=_refuse_constant,
            object_pairs_hook=tuple,
        )
    except _NotFiniteLiteral as error:
        return Fault(code="not_finite", detail=f"{error} is no number of JSON")
    except json.JSONDecodeError as error:
        return Fault(code="bad_json", detail=f"{error.msg} at column {error.colno}")
    # Lists are lists, so a tuple can only come from an object.
    if not isinstance(value, tuple):
        return Fault(code="not_an_object", detail=f"{shown(value)} is not an object")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise _NotFiniteLiteral(name)


def _nesting(text: str) -> int:
    """Return how deep the brackets of the text nest, those within strings left out."""
    if text.count("[") + text.count("{") <= MAX_NESTING:
        return 0
    depth = deepest = 0
    for found in _STRING_OR_BRACKET.finditer(text):
        if found[0] in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif found[0] in "]}":
            depth -= 1
    return deepest


def _read_side(side: str, value: object) -> list[BookLevel] | Fault:
    if not isinstance(value, list):
        return Fault(code="bad_levels", detail=f"{side} is {shown(value)}, not a list of levels")
    levels = []
    for place, entry in enumerate(value, 1):
        if not isinstance(entry, list) or len(entry) != LEVEL_ENTRIES:
            return Fault(
                code="bad_levels",
                detail=f"level {place} of {side} is {shown(entry)}, not [price, quantity]",
            )
        numbers = []
        for name, text in zip(BookLevel._fields, entry, strict=True):
            number = _read_number(f"{name} {shown(text)} in level {place} of {side}", text)
            if isinstance(number, Fault):
                return number
            numbers.append(number)
        levels.append(BookLevel(*numbers))
    return levels


def _read_number(place: str, text: object) -> float | Fault:
    """Return the double next to a JSON number or a decimal string of the same form."""
    if not isinstance(text, str):
        return Fault(code="bad_number", detail=f"{place} is not a number")
    if _NUMBER.fullmatch(text) is None:
        if _NOT_FINITE.fullmatch(text):
            return Fault(code="not_finite", detail=place)
        return Fault(code="bad_number", detail=f"{place} is not a decimal number")
    number = float(text)
    # What no double can hold is a number, only far out of bounds.
    if math.isinf(number) or (number == 0 and _NOT_ZERO.match(text)):
        return Fault(code="out_of_bounds", detail=place)
    return number
