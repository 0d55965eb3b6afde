"""Parts that still add up to their total when all of them are rounded to be shown."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def round_parts(parts: Sequence[float], total: float, digits: int) -> list[float]:
    """Return the parts in whole units of the last digit, which add up to the rounded total.

    Each is off by less than a unit or two: who was cut most is given the units that are missing.
    """
    scale = 10.0**digits
    wanted = round(total * scale)
    units = [math.floor(part * scale) for part in parts]
    cut_most = sorted(range(len(parts)), key=lambda at: units[at] - parts[at] * scale)
    missing = wanted - sum(units)
    step = 1 if missing > 0 else -1
    for turn in range(abs(missing)):
        units[cut_most[turn % len(parts)]] += step
    return [unit / scale for unit in units]
