"""Values as they are typed for an axis: lists and ranges, counted before any is made.

`5, 10, 20..100 step 20` has 7 values; a unit may follow a number where the field knows it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, DivisionByZero, InvalidOperation
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from config.typed_numbers import NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_RANGE: Final = re.compile(
    r"^(?P<low>.+?)\.\.(?P<high>.+?)(?:\s+step\s+(?P<step>.+))?$", re.IGNORECASE
)
_NUMBER: Final = re.compile(rf"^(?P<number>{NUMBER})\s*(?P<unit>\D*)$")
_LARGEST: Final = Decimal(10) ** 15
_SMALLEST: Final = Decimal(10) ** -18
_LONGEST_PART: Final = 100
# From so many values on a copied list is written as a range.
_WORTH_A_RANGE: Final = 4


class RangeError(ValueError):
    """What was typed is no list of values; the message names the value and the remedy."""


@dataclass(frozen=True, slots=True)
class ValueRange:
    """Values from `low` in steps up to `high`; one value where they are the same."""

    low: Decimal
    high: Decimal
    step: Decimal

    @property
    def count(self) -> int:
        return int((self.high - self.low) / self.step) + 1

    def values(self) -> Iterator[Decimal]:
        return (self.low + at * self.step for at in range(self.count))


@dataclass(frozen=True, slots=True)
class ValueList:
    """The parts that were typed; None stands for `none`."""

    parts: tuple[ValueRange | None, ...]

    @property
    def count(self) -> int:
        """Return how many values there are, without making any."""
        return sum(1 if part is None else part.count for part in self.parts)

    def values(self) -> tuple[Decimal | None, ...]:
        """Return the values in the order they were typed; raise RangeError for one given twice."""
        found: dict[Decimal | None, None] = {}
        for part in self.parts:
            for value in [None] if part is None else part.values():
                if value in found:
                    raise RangeError(f"{_shown(value)} is there twice; give each value once")
                found[value] = None
        return tuple(found)


def parse_values(
    text: str, units: Mapping[str, Decimal] | None = None, *, takes_none: bool = False
) -> ValueList:
    """Return what was typed; `units` by name say what a number with one is to be multiplied by.

    Raises RangeError in one line.
    """
    parts = [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]
    return ValueList(
        tuple(
            None if takes_none and part.lower() == "none" else _part(part, units or {})
            for part in parts
        )
    )


def written(values: Sequence[Decimal | None]) -> str:
    """Return values as they are typed, evenly spaced ones as a range."""
    numbers = [value for value in values if value is not None]
    steps = {after - before for before, after in pairwise(numbers)}
    if len(numbers) == len(values) >= _WORTH_A_RANGE and len(steps) == 1 and min(steps) > 0:
        return f"{_shown(numbers[0])}..{_shown(numbers[-1])} step {_shown(steps.pop())}"
    return ", ".join(map(_shown, values))


def _part(part: str, units: Mapping[str, Decimal]) -> ValueRange:
    if len(part) > _LONGEST_PART:
        raise RangeError(f"{part[:20]!r}... is too long for a value; write values with commas")
    found = _RANGE.match(part)
    if found is None:
        value, _ = _number(part, units)
        return ValueRange(value, value, Decimal(1))
    if not found["step"]:
        raise RangeError(f"{part!r} needs a step, such as {part.strip()} step 1")
    # 5..20 step 5 bps: a unit at the end is that of the whole range.
    step, unit = _number(found["step"], units)
    low, high = (_number(found[name], units, unit)[0] for name in ("low", "high"))
    if step < _SMALLEST:
        raise RangeError(f"{part!r} has a step of {found['step']}; it must be above 0")
    if high < low:
        raise RangeError(f"{part!r} ends below its start; write the lower value first")
    return _span(part, low, high, step)


def _span(part: str, low: Decimal, high: Decimal, step: Decimal) -> ValueRange:
    span = ValueRange(low, high, step)
    try:
        span.count  # noqa: B018 - it may be beyond what a Decimal divides
    except (InvalidOperation, DivisionByZero):
        raise RangeError(f"{part!r} has too many values; take a larger step") from None
    return span


def _number(
    text: str, units: Mapping[str, Decimal], unit: str | None = None
) -> tuple[Decimal, str | None]:
    """Return a number and the unit it bore; without one it takes `unit`."""
    found = _NUMBER.match(text.strip())
    named = found["unit"].strip().lower() if found else ""
    if found is None or (named and named not in units):
        known = f", alone or with {' or '.join(units)}" if units else ""
        raise RangeError(
            f"{text.strip()!r} is no number; write values such as 5, 10 or 5..20 step 5{known}"
        )
    number = Decimal(found["number"])
    if abs(number) > _LARGEST:
        raise RangeError(f"{text.strip()} is too large; it must lie within 1e15")
    named = named or unit or ""
    return number * units.get(named, Decimal(1)), named or None


def _shown(value: Decimal | None) -> str:
    if value is None:
        return "none"
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
