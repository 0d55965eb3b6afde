"""Short writes that wait out a locked or lost database instead of failing a job."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, TypeVar

from django.db import InterfaceError, OperationalError, connection

if TYPE_CHECKING:
    from collections.abc import Callable

Written = TypeVar("Written")
logger = logging.getLogger(__name__)
# Shorter than a lease: who could not write for so long has lost what it wrote for.
PATIENCE_S = 25.0
_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 2.0


def retrying(write: Callable[[], Written]) -> Written:
    """Return what `write` returns, trying again while the database is locked or away.

    `write` must be safe to repeat where its first outcome is not known. Inside a transaction of
    the caller it is tried once: only the whole transaction could be repeated.
    """
    if connection.in_atomic_block:
        return write()
    deadline, pause = time.monotonic() + PATIENCE_S, _FIRST_PAUSE_S
    while True:
        try:
            return write()
        except (OperationalError, InterfaceError) as error:
            if not _may_pass(error) or time.monotonic() + pause > deadline:
                raise
            logger.warning("the database did not answer, trying again: %s", error)
            connection.close_if_unusable_or_obsolete()
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)


def _may_pass(error: Exception) -> bool:
    """Say whether waiting can help: a lock of SQLite's, or a server that is away."""
    words = str(error).lower()
    return connection.vendor != "sqlite" or "locked" in words or "busy" in words
