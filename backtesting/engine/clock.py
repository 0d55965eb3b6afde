"""The clock of a replay, which never runs backwards (the standard, section 3)."""

from __future__ import annotations

import math


class ReplayClock:
    """Time as the replay sees it, in integer microseconds since 1970."""

    __slots__ = ("_now",)

    def __init__(self, start: int = 0) -> None:
        self._now = start

    @property
    def now(self) -> int:
        return self._now

    def advance_to(self, time: int) -> int:
        """Move on to `time` and return the clock's; an earlier time leaves it where it is."""
        self._now = max(self._now, time)
        return self._now

    def advance_ms(self, milliseconds: float) -> int:
        """Move on by `milliseconds`, to the nearest microsecond, and return the clock's time."""
        if not 0 <= milliseconds < math.inf:
            raise ValueError(f"cannot advance by {milliseconds} ms; a clock moves on only")
        self._now += int(milliseconds * 1000 + 0.5)
        return self._now
