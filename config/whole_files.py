"""Files that are written whole or not at all, in the place of what was there until then."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def is_odd_target(path: Path) -> bool:
    """Say whether something is there that must not be replaced: a device, a pipe, a link."""
    return path.is_symlink() or (path.exists() and not path.is_file())


@contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """Open a draft beside `path` for writing; it gets the path's name once it is complete.

    Raises FileExistsError for an odd target, before anything is written.
    """
    if is_odd_target(path):
        words = "is there and no regular file; name another"
        raise FileExistsError(errno.EEXIST, words, str(path))
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with draft.open("wb") as file:
            yield file
        draft.replace(path)
    except OSError as error:
        error.filename = error.filename or str(path)  # a full disk names no file
        raise
    finally:
        draft.unlink(missing_ok=True)
