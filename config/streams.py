"""Standard output and error as commands find them, even where a shell has closed them.

What cannot be written to standard output ends a command with words that name it. Standard error
is where such words go: if nobody takes them the exit code still tells.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import ReadableBuffer

_OUTPUT: Final = 1
_ERROR: Final = 2
_REASONS: Final = {
    errno.EBADF: "it is closed",
    errno.EPIPE: "whoever read it has ended",
}


class OutputError(OSError):
    """Standard output does not take what a command prints."""


@contextmanager
def standard_streams() -> Iterator[None]:
    """Have both streams within the block; raise OutputError for what was printed and is lost."""
    _stand_in_for_closed(_OUTPUT)
    _stand_in_for_closed(_ERROR)
    output = _Output(_OUTPUT, "w", closefd=False)
    sys.stdout = _stream(output, sys.stdout)
    sys.stderr = _stream(_Error(_ERROR, "w", closefd=False), sys.stderr)
    try:
        yield
        output.see_to_it()
    except SystemExit as ended:
        if not ended.code:  # an ending with an error has said what there is to say
            output.see_to_it()
        raise
    finally:
        _forget_what_is_lost()


class _Output(io.FileIO):
    _lost: OutputError | None = None

    def see_to_it(self) -> None:
        """Write what still waits; raise OutputError for that, or for what was lost before."""
        sys.stdout.flush()
        if self._lost:  # argparse keeps to itself that its help was not printed
            raise self._lost

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            reason = _REASONS.get(error.errno or 0, error.strerror)
            self._lost = OutputError(
                f"standard output cannot be written: {reason}; "
                "send it to a terminal, or to a file with room"
            )
            raise self._lost from error


class _Error(io.FileIO):
    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def _stand_in_for_closed(number: int) -> None:
    """Put what takes no byte in the place of a closed stream, lest a file get its number."""
    try:
        os.fstat(number)
    except OSError:
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, number)
        if nothing != number:
            os.close(nothing)


def _stream(file: io.FileIO, opened: TextIO | None) -> io.TextIOWrapper:
    """Return a text stream to the file, as Python has opened it; it opens no closed one."""
    like = opened if isinstance(opened, io.TextIOWrapper) else None
    through = bool(like and like.write_through)  # PYTHONUNBUFFERED
    return io.TextIOWrapper(
        file if through else io.BufferedWriter(file),
        encoding=like.encoding if like else "utf-8",
        errors=like.errors if like else "backslashreplace",
        line_buffering=like.line_buffering if like else file.fileno() == _ERROR,
        write_through=through,
    )


def _forget_what_is_lost() -> None:
    """Let Python's own flush at the end succeed: it would speak of a lost output once more."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), _OUTPUT)
