"""Cut pieces of text into numbered lines, a few thousand at a time, in constant memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from marketdata.importers.sources import SourceFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_LINE_BYTES: Final = 1 << 20
ENDLESS_LINE_BYTES: Final = 64 << 20
CHUNK_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChunk:
    """A run of whole lines: `text` with its newlines, and `lines` without them.

    `lines[0]` is line number `first_line` of the source, counted from 1. A line longer than
    MAX_LINE_BYTES may have lost its end, but not so much that it is no longer too long.
    """

    first_line: int
    text: bytes
    lines: list[bytes]


class LineCutter:
    """Cuts pieces of text into chunks of whole lines; `lines` counts those handed out.

    A fault of the source is raised again once the whole lines before it have been handed out.
    """

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.lines = 0
        self._pieces = pieces
        self._skipped = 0

    def __iter__(self) -> Iterator[LineChunk]:
        """Yield chunks to the end; the last line needs no newline."""
        held: list[bytes] = []
        size = 0
        try:
            for piece in self._pieces:
                held.append(self._without_skipped(piece))
                size += len(held[-1])
                if size >= CHUNK_BYTES:
                    whole, rest = _split_at_last_newline(b"".join(held))
                    yield from self._chunk(whole)
                    held = [self._shorten(rest)]
                    size = len(held[0])
        except SourceFault:
            yield from self._chunk(_split_at_last_newline(b"".join(held))[0])
            raise
        text = b"".join(held)
        yield from self._chunk(text if not text or text.endswith(b"\n") else text + b"\n")

    def _chunk(self, text: bytes) -> Iterator[LineChunk]:
        if text:
            lines = text.split(b"\n")
            lines.pop()
            first_line = self.lines + 1
            self.lines += len(lines)
            yield LineChunk(first_line=first_line, text=text, lines=lines)

    def _shorten(self, rest: bytes) -> bytes:
        """Return the start of a line whose end is not in sight yet, just enough to refuse it."""
        if len(rest) > MAX_LINE_BYTES:
            self._skipped = max(self._skipped, len(rest))
        return rest[: MAX_LINE_BYTES + 1]

    def _without_skipped(self, piece: bytes) -> bytes:
        """Return the piece without what belongs to a line that is already too long."""
        if not self._skipped:
            return piece
        end = piece.find(b"\n")
        if end >= 0:
            self._skipped = 0
            return piece[end:]
        self._skipped += len(piece)
        if self._skipped > ENDLESS_LINE_BYTES:
            raise SourceFault(
                "endless_line", f"a line goes on for more than {ENDLESS_LINE_BYTES:,} bytes"
            )
        return b""


def _split_at_last_newline(text: bytes) -> tuple[bytes, bytes]:
    end = text.rfind(b"\n") + 1
    return text[:end], text[end:]
