"""A child process that is started anew when something else than its owner ends it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from backtesting.management.children import Child

if TYPE_CHECKING:
    from collections.abc import Sequence

# One that ends so soon, so often in a row, will not do better the next time.
_EARLY_S: Final = 5.0
_TRIES: Final = 3


class KeptChild:
    """Runs a command until it is stopped, whoever kills its process."""

    def __init__(self, command: Sequence[str], grace_s: float) -> None:
        self._command = command
        self._grace_s = grace_s
        self._early_ends = 0
        self._start()

    def has_ended(self) -> bool:
        return self._child.has_ended()

    def start_anew(self) -> bool:
        """Start it anew after it has ended; False where it ends early time and again."""
        self._child.stop(0)  # what it left of its group
        lived_s = time.monotonic() - self._started
        self._early_ends = self._early_ends + 1 if lived_s < _EARLY_S else 0
        if self._early_ends >= _TRIES:
            return False
        self._start()
        return True

    def stop(self) -> None:
        """Ask it to end, then end it."""
        self._child.stop(self._grace_s)

    def _start(self) -> None:
        self._started = time.monotonic()
        self._child = Child(self._command)
