"""Times as text: microseconds since 1970 to ISO 8601 UTC."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def iso_times(time_us: NDArray[np.int64]) -> list[str]:
    """Return times such as 2026-03-01T12:00:00.000000Z."""
    text = np.datetime_as_string(time_us.astype("datetime64[us]"), unit="us")
    return [f"{instant}Z" for instant in text.tolist()]
