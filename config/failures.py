"""What stops a command that did nothing wrong, in a line: a setting, the disk, the database."""

from __future__ import annotations

import sys
from typing import Final, NoReturn

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseError
from environs import EnvError

from config.commands import manage_command

# What may come out of any command, and is no fault in the code.
STOPPING: Final = (
    EnvError,
    ImproperlyConfigured,
    DatabaseError,
    OSError,
    KeyboardInterrupt,
)
_SETTINGS: Final = (EnvError, ImproperlyConfigured)
# How PostgreSQL says that a table or a column is not there.
_UNMADE_STATES: Final = frozenset({"42P01", "42703"})
_UNMADE: Final = ("no such table", "no such column", "has no column named")
_UNWRITABLE: Final = ("unable to open database file", "readonly database")


def stop_in_a_line(error: BaseException) -> NoReturn:
    """End the process with a line on standard error: code 2 for a setting, 1 for the rest."""
    sys.stderr.write(f"CommandError: {_in_words(error)}\n")
    sys.exit(2 if isinstance(error, _SETTINGS) else 1)


def database_words(error: DatabaseError) -> str:
    """Return what a database said as one line, with the remedy where there is a known one."""
    # PostgreSQL quotes the statement, which says nothing to who typed none.
    words = " ".join(str(error).partition("\nLINE ")[0].split()) or type(error).__name__
    remedy = _remedy(error, words)
    return f"{words}; {remedy}" if remedy else words


def one_line(error: BaseException | str) -> str:
    """Return the words of an error without line breaks; its kind if it has none."""
    return " ".join(str(error).split()) or type(error).__name__


def _in_words(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    if isinstance(error, EnvError):
        return f"{one_line(error).rstrip('.')}; see Settings in README.md for what it may be"
    return database_words(error) if isinstance(error, DatabaseError) else one_line(error)


def _remedy(error: DatabaseError, words: str) -> str | None:
    if getattr(error.__cause__, "sqlstate", None) in _UNMADE_STATES or _has(words, _UNMADE):
        return f"run: {manage_command('migrate')}"
    if _has(words, _UNWRITABLE):
        return f"see that this user may write {_file()}, and in its folder"
    if "file is not a database" in words:
        return f"move {_file()} away, or name another by DATABASE_URL"
    if "disk is full" in words:
        return f"make room for {_file()}"
    return "see DATABASE_URL" if words.startswith("connection failed") else None


def _has(words: str, parts: tuple[str, ...]) -> bool:
    return any(part in words for part in parts)


def _file() -> str:
    """Return where SQLite's database lies, which DATABASE_URL may have put anywhere."""
    return str(settings.DATABASES["default"]["NAME"])
