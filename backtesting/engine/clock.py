"""The clock of a replay: integer microseconds that never run backwards (the standard, section 3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_datetime(microseconds: int) -> datetime:
    """Return the exact UTC time of integer microseconds since 1970."""
    return EPOCH + timedelta(microseconds=int(microseconds))


def to_microseconds(time: datetime) -> int:
    """Return integer microseconds since 1970 of a time that knows its zone."""
    if time.tzinfo is None:
        raise ValueError(f"{time.isoformat()} has no zone; add one, such as +00:00")
    return (time - EPOCH) // timedelta(microseconds=1)


class ReplayClock:
    """Time as the replay sees it, in integer microseconds since 1970."""

    __slots__ = ("_now",)

    def __init__(self, start: int = 0) -> None:
        self._now = start

    @property
    def now(self) -> int:
        return self._now

    def advance_to(self, time: int) -> int:
        """Move on to `time`; an earlier time leaves the clock where it is."""
        self._now = max(self._now, time)
        return self._now

    def advance_ms(self, milliseconds: float) -> int:
        """Move on by `milliseconds`, rounded to the nearest microsecond."""
        if not milliseconds >= 0:
            raise ValueError(f"cannot advance by {milliseconds} ms; a clock moves on only")
        self._now += int(milliseconds * 1000 + 0.5)
        return self._now
