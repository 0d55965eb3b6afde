"""Numbers as people type them, on a command line or in a form: plain digits, one dot, an exponent.

Python itself reads more than anybody means: `1_0` as 10, digits of every script, `nan`. Pure.
"""

from __future__ import annotations

import re
from typing import Final

# A part of a larger pattern: it has no groups of its own.
NUMBER: Final = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?"
# Python reads no whole number of more than 4,300 digits.
_WHOLE: Final = re.compile(r"[-+]?[0-9]{1,1000}")
_NUMBER: Final = re.compile(NUMBER)


def typed_number(text: str) -> float | None:
    """Return a number as the nearest double, inf where that is beyond all; None for none."""
    stripped = text.strip()
    return float(stripped) if _NUMBER.fullmatch(stripped) else None


def typed_whole(text: str) -> int | None:
    """Return a whole number; None for anything else."""
    stripped = text.strip()
    return int(stripped) if _WHOLE.fullmatch(stripped) else None
