"""A bound for what one job may take of the machine's memory."""

from __future__ import annotations

import resource
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_STATM: Final = Path("/proc/self/statm")


@contextmanager
def bounded_memory(limit_bytes: int) -> Iterator[None]:
    """Let what runs inside map so many bytes beyond what is mapped now, then raise MemoryError.

    0: no bound. The files of the replay cache count too, though they lie on the disk.
    """
    if not limit_bytes or not _STATM.exists():
        yield
        return
    mapped = int(_STATM.read_text().split()[0]) * resource.getpagesize()
    before, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = mapped + limit_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most if hard < 0 else min(most, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, hard))
