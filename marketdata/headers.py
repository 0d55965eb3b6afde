"""What a source says of itself, made fit to be stored: its name, its origin, the rest as a note."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingHeader:
    """`synthetic` unless the source says `false` or nothing of it; `name` empty if not stated."""

    name: str
    synthetic: bool
    note: dict[str, Any]

    @classmethod
    def of(cls, header: Mapping[str, Any] | None) -> Self:
        stated = dict(header or {})
        inner = stated.get("recording")
        # The line as it stands, or what is inside it: both say the same.
        facts = inner if isinstance(inner, dict) else stated
        name = facts.get("name")
        return cls(
            name=storable(name).strip() if isinstance(name, str) else "",
            synthetic=facts.get("synthetic", False) is not False,
            note=_storable_value(facts),
        )


def storable(text: str) -> str:
    """Return text that both databases take: PostgreSQL knows no NUL and no lone surrogate."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _storable_value(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(key)): _storable_value(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_storable_value(entry) for entry in value]
    if value is None or isinstance(value, bool | int):
        return value
    # JSON has no infinity, and a type of the parser's own is told best by its text.
    return value if isinstance(value, float) and math.isfinite(value) else storable(str(value))
