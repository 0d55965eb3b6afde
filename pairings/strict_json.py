"""JSON from anywhere, read so that no byte of it can do harm: bounded, once a key, numbers kept.

Numbers stay as written until a field asks for them: 0.26 percent becomes exactly 0.0026, and an
exponent of a million costs nothing. Pure.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pairings.rules import MAX_AMOUNT, MAX_DECIMALS, MAX_SYMBOL_LENGTH, PairingError

if TYPE_CHECKING:
    from collections.abc import Mapping

# Kraken's whole AssetPairs answer is some 2 MB; parsed, a file takes up to 20 times its bytes.
MAX_BYTES: Final = 16 * 1024**2
STANDARD_INPUT: Final = "-"
_NUMBER: Final = re.compile(r"-?[0-9]{1,24}(\.[0-9]{1,24})?([eE][+-]?[0-9]{1,2})?")
_PRINTABLE: Final = re.compile(rf"[ -~]{{0,{MAX_SYMBOL_LENGTH}}}")
_SHOWN: Final = 40


class PairingFileError(PairingError):
    """A file of pairings cannot be read; the message names the place, the value and the remedy."""


class NumberText(str):
    """A JSON number as it was written."""

    __slots__ = ()


def source_name(source: str | Path) -> str:
    """Return how errors name a source, in ASCII on a line: a file's name may hold anything."""
    if str(source) == STANDARD_INPUT:
        return "standard input"
    return str(source).encode("unicode_escape").decode() or "''"


def read_text(source: str | Path) -> str:
    """Return the text of a file, or of standard input for "-"; raise PairingFileError."""
    if str(source) == STANDARD_INPUT and sys.stdin is None:
        raise PairingFileError("cannot be read: it is closed; name a file of pairings")
    if not str(source):  # a Path makes the folder that we are in of it
        raise PairingFileError("is no name of a file; name a file of pairings")
    try:
        if str(source) == STANDARD_INPUT:
            raw = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(source).open("rb") as file:
                raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise PairingFileError(f"cannot be read: {reason}; name a file of pairings") from None
    return decode_text(raw)


def decode_text(raw: bytes) -> str:
    """Return the text of a file's bytes; raise PairingFileError if too many or not UTF-8."""
    if len(raw) > MAX_BYTES:
        raise PairingFileError(
            f"holds more than {MAX_BYTES // 1024**2} MiB; a file of pairings is far smaller"
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PairingFileError(
            f"byte {raw[error.start]:#04x} at offset {error.start} is not UTF-8; save it as UTF-8"
        ) from None


def parse_json(text: str) -> Any:
    """Return the JSON value, its numbers as NumberText; raise PairingFileError for bad JSON."""
    if not text.strip():
        raise PairingFileError("is empty; it must hold JSON")
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=NumberText,
            parse_int=NumberText,
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as error:
        raise PairingFileError(
            f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}; "
            f"save the answer whole and unchanged"
        ) from None
    except RecursionError:
        raise PairingFileError("is nested too deeply; no answer of Kraken's is") from None


def shown(value: object) -> str:
    """Return a value for an error's one line: short, ASCII, never the whole of a list."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    if isinstance(value, NumberText):
        text = str(value)
    else:
        text = ascii(value) if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


class Fields:
    """One JSON object, read a field at a time; None where a field is missing or null.

    `place` opens every error: which entry of the file it is.
    """

    def __init__(self, values: object, place: str) -> None:
        if not isinstance(values, dict):
            raise PairingFileError(f"{place} is {shown(values)}; it must be an object")
        self._values: Mapping[str, object] = values
        self.place = place

    def get(self, name: str) -> object:
        return self._values.get(name)

    def text(self, name: str) -> str | None:
        """Return printable ASCII, at most as long as a symbol."""
        value = self._values.get(name)
        if value is None:
            return None
        if type(value) is not str or not _PRINTABLE.fullmatch(value):
            raise self.refusal(
                name, f"it must be a text of at most {MAX_SYMBOL_LENGTH} printable ASCII characters"
            )
        return value

    def whole(self, name: str) -> int | None:
        """Return a count of decimals."""
        value = self._values.get(name)
        if value is None:
            return None
        number = to_decimal(value)
        if number is None or not 0 <= number <= MAX_DECIMALS or number % 1:
            raise self.refusal(name, f"it must be a whole number from 0 to {MAX_DECIMALS}")
        return int(number)

    def amount(self, name: str) -> float | None:
        """Return a number from 0 to 1e15 as the nearest double."""
        value = self._values.get(name)
        if value is None:
            return None
        number = to_decimal(value)
        if number is None or not 0 <= number <= Decimal(MAX_AMOUNT):
            raise self.refusal(name, f"it must be a number from 0 to {MAX_AMOUNT:g}")
        return float(number)

    def pairs(self, name: str) -> tuple[tuple[Decimal, Decimal], ...]:
        """Return a list of two numbers each, () where it is missing."""
        value = self._values.get(name)
        entries = [] if value is None else value
        if not isinstance(entries, list):
            raise self.refusal(name, "it must be a list of [volume, fee]")
        return tuple(self._pair(name, entry) for entry in entries)

    def refusal(self, name: str, remedy: str) -> PairingFileError:
        return PairingFileError(
            f"{self.place}: {name} is {shown(self._values.get(name))}; {remedy}"
        )

    def _pair(self, name: str, entry: object) -> tuple[Decimal, Decimal]:
        if isinstance(entry, list) and len(entry) == len(("volume", "fee")):
            volume, fee = to_decimal(entry[0]), to_decimal(entry[1])
            if volume is not None and fee is not None:
                return volume, fee
        raise PairingFileError(
            f"{self.place}: {name} holds {shown(entry)}; each entry must be [volume, fee], numbers"
        )


def to_decimal(value: object) -> Decimal | None:
    """Return a JSON number or decimal string exactly; None where it is neither or out of reach."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return Decimal(value)
    return None


def _object(entries: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(entries)
    if len(values) == len(entries):
        return values
    twice, _ = Counter(key for key, _ in entries).most_common(1)[0]
    raise PairingFileError(f"key {shown(twice)} comes twice in one object; leave one of them")


def _refuse_constant(word: str) -> Any:
    raise PairingFileError(f"holds {word}, which is no JSON number; write a finite number")
