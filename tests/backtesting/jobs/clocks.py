"""Time that passes when a test tells it to."""

from __future__ import annotations


class Clock:
    """In the place of the module `time`, for the code under test alone."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now
