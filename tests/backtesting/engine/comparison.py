"""What differs between two reports of one replay, place by place.

Both are the twin's form: section 9 as a dict, times in integer microseconds, `trades` and
`episode_rows` where there are any.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

TOLERANCE = 1e-9
# What is zero may be left out of these.
SPARSE = frozenset({"ending_balances", "miss_reasons"})


def differences(got: dict[str, Any], want: dict[str, Any]) -> list[str]:
    """Return a line for each place where `got` differs from `want`; further keys are allowed.

    Floats must be within 1e-9, relative or absolute, everything else equal. Trades and episodes
    are compared where both sides have them.
    """
    found: list[str] = []
    for key, value in want.items():
        if key in SPARSE:
            found += _sparse(key, got.get(key) or {}, value)
        elif key == "episode_rows":
            found += _rows(key, _in_order(got.get(key)), _in_order(value))
        elif key == "trades":
            found += _rows(key, got.get(key), value)
        else:
            found += _entry("", key, got, value)
    return found


def _sparse(name: str, got: dict[str, Any], want: dict[str, Any]) -> Iterator[str]:
    for key in sorted({*got, *want}):
        if not _is_same(got.get(key, 0), want.get(key, 0)):
            yield f"{name}[{key}] is {got.get(key, 0)!r}, not {want.get(key, 0)!r}"


def _in_order(episodes: list[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
    """Return the episodes by time, then cycle: their order in a report is free."""
    if episodes is None:
        return None
    rows = [row | {"cycle": list(row["cycle"])} for row in episodes]
    return sorted(rows, key=lambda row: (row["start"], row["cycle"]))


def _rows(
    name: str, got: list[dict[str, Any]] | None, want: list[dict[str, Any]] | None
) -> Iterator[str]:
    """Compare lists of rows, and the lists within them (a trade's orders)."""
    if got is None or want is None:
        return
    if len(got) != len(want):
        yield f"{name}: {len(got)} rows, not {len(want)}"
    for place, (row, right) in enumerate(zip(got, want, strict=False), start=1):
        where = f"{name}[{place}]"
        for key, value in right.items():
            if key == "orders":
                yield from _rows(f"{where}.orders", row.get(key, []), value)
            else:
                yield from _entry(f"{where}.", key, row, value)


def _entry(where: str, key: str, got: dict[str, Any], want: Any) -> Iterator[str]:
    if key not in got:
        yield f"{where}{key} is missing; it should be {want!r}"
    elif not _is_same(got[key], want):
        yield f"{where}{key} is {got[key]!r}, not {want!r}"


def _is_same(got: Any, want: Any) -> bool:
    if isinstance(want, dict):
        return isinstance(got, dict) and all(
            key in got and _is_same(got[key], value) for key, value in want.items()
        )
    if isinstance(want, (list, tuple)):
        return (
            isinstance(got, (list, tuple))
            and len(got) == len(want)
            and all(map(_is_same, got, want))
        )
    if _is_number(got) and _is_number(want) and float in {type(got), type(want)}:
        return math.isclose(got, want, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(got == want)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
