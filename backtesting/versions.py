"""Which code computed a result: the same sources give the same name."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

_PROJECT: Final = Path(__file__).resolve().parent.parent
# Where figures come from. Pages, commands and the queue change none.
_FOLDERS: Final = ("backtesting/engine", "marketdata", "pairings")
_FILES: Final = ("inputs", "loading", "requests", "runner")
_SHOW_ONLY: Final = ("admin", "forms", "urls", "views", "management", "migrations")


@cache
def code_version() -> str:
    """Return a name for the sources that decide a report; read once a process."""
    digest = hashlib.sha256(np.__version__.encode())
    for path in _sources():
        digest.update(path.relative_to(_PROJECT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _sources() -> list[Path]:
    found = [path for folder in _FOLDERS for path in (_PROJECT / folder).rglob("*.py")]
    found += [_PROJECT / "backtesting" / f"{name}.py" for name in _FILES]
    return sorted(path for path in found if not _shows_only(path))


def _shows_only(path: Path) -> bool:
    parts = path.relative_to(_PROJECT).with_suffix("").parts
    return any(part in _SHOW_ONLY or part.startswith("test") for part in parts)
