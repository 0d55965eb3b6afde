"""Times as the engine counts them, integer microseconds since 1970-01-01 UTC, and as datetimes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
# Every time that can be stored lies between these: the years 1 to 9999.
EARLIEST_US: Final = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
LATEST_US: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND


def from_us(time_us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=time_us)


def to_us(time: datetime) -> int:
    return (time - _EPOCH) // _MICROSECOND


def shown_us(time_us: int) -> str:
    """Return the time as ISO 8601 for a message; the first beyond the calendar as its end."""
    return from_us(min(time_us, LATEST_US)).isoformat()
