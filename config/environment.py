"""Where data lives, how the secret key is made, which proxies are believed, what is refused."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from collections.abc import Sequence


def data_folder(named: str, fallback: Path) -> Path:
    """Return the folder that holds the database, the cache and the key, making it if need be.

    One that is made is its owner's alone: sessions and password hashes lie in it.
    """
    folder = Path(named) if named else fallback
    try:
        folder = folder.expanduser()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError) as error:  # the latter: "~name" of a user that there is not
        raise ImproperlyConfigured(
            f"BACKTEST_DATA_DIR: {folder} cannot be made: {_reason(error)}; "
            "name a folder in which this user may write"
        ) from error
    return folder.resolve()


def proxy_addresses(named: Sequence[str]) -> list[str]:
    """Return IP addresses as a server writes them; ImproperlyConfigured for any other word."""
    found = []
    for word in filter(None, map(str.strip, named)):
        try:
            found.append(str(ipaddress.ip_address(word)))
        except ValueError as error:
            raise ImproperlyConfigured(
                f"TRUSTED_PROXIES: {word!r} is not an IP address; name each proxy by its own, "
                "with commas between"
            ) from error
    return found


def refuse_uncompiled(named: str) -> None:
    """Refuse Numba's switch for its compiler: the engine has parts that exist only compiled."""
    if named.strip() not in ("", "0"):
        raise ImproperlyConfigured(
            f"NUMBA_DISABLE_JIT is {named!r}; unset it, the engine runs compiled alone"
        )


def secret_key(path: Path) -> str:
    """Return the key in `path`, made on first use with mode 0600.

    Many processes may start at once: each writes a candidate of its own and links it to `path`,
    which succeeds for exactly one of them and never shows a half-written file; all read that one.
    """
    if os.path.lexists(path):
        return _read_key(path)
    candidate = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        _write_key(candidate)
        with contextlib.suppress(FileExistsError):
            os.link(candidate, path)
    except OSError as error:
        raise ImproperlyConfigured(
            f"{path} cannot be written: {error.strerror}; make room there, let this user write "
            "there, or set SECRET_KEY"
        ) from error
    finally:
        candidate.unlink(missing_ok=True)
    return _read_key(path)


def _read_key(path: Path) -> str:
    remedy = "remove it for a new key, or set SECRET_KEY"
    if not path.is_file():  # a pipe would be waited for
        raise ImproperlyConfigured(f"{path} is no regular file; {remedy}")
    try:
        key = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        words = f"{path} cannot be read: {_reason(error)}; let this user read it, {remedy}"
        raise ImproperlyConfigured(words) from error
    if not key:
        raise ImproperlyConfigured(f"{path} is empty; {remedy}")
    return key


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _write_key(path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(64))
        file.flush()
        os.fsync(file.fileno())
