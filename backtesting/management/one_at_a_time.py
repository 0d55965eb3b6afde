"""Work that two commands which start at once must not do side by side."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    """Wait until no other process on this data folder is at the work of this name.

    The system lets go of the lock when its process ends, however it ends.
    """
    with (Path(settings.DATA_DIR) / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
