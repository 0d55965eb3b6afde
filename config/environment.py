"""Where data lives and how the secret key is made."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path


def data_folder(named: str, fallback: Path) -> Path:
    """Return the folder that holds the database, the cache and the key, making it if need be."""
    folder = Path(named).expanduser() if named else fallback
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def secret_key(path: Path) -> str:
    """Return the key in `path`, made on first use with mode 0600.

    Many processes may start at once: each writes a candidate of its own and links it to `path`,
    which succeeds for exactly one of them and never shows a half-written file; all read that one.
    """
    with contextlib.suppress(FileNotFoundError):
        return path.read_text().strip()
    candidate = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(candidate, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(64))
        file.flush()
        os.fsync(file.fileno())
    try:
        with contextlib.suppress(FileExistsError):
            os.link(candidate, path)
    finally:
        candidate.unlink()
    return path.read_text().strip()
