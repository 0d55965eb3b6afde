"""Open a source of text, plain or packed, and hand out its bytes in pieces of bounded size.

Plain, gzip and zstd are told apart by their first bytes, not by their names; `-` is standard
input. What unpacks to far more than it holds is refused, as is what breaks off or is damaged.
"""

from __future__ import annotations

import io
import os
import stat
import sys
import zlib
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

import zstandard

from marketdata.books import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

STANDARD_INPUT: Final = "-"
BLOCK_BYTES: Final = 1 << 20
# zstd has no limit on what it hands out for one piece of input: 512 bytes give 16 MiB at worst.
_ZSTD_STEP: Final = 512
_ZSTD_WINDOW: Final = 1 << 27
_GZIP_MAGIC: Final = b"\x1f\x8b"
_ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_UNSUPPORTED: Final = {
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"PK\x03\x04": "zip",
    b"\x04\x22\x4d\x18": "lz4",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpackingLimits:
    """How much a packed source may unpack to.

    At most `max_bytes`; and at most `max_ratio` times what it holds, once that is more than
    `free_bytes`.
    """

    max_bytes: int = 20 << 30
    max_ratio: int = 200
    free_bytes: int = 64 << 20


class SourceFault(Exception):  # noqa: N818 -- "fault" is the word for what is wrong with data
    """The source as a whole cannot be read on; carries the fault."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.fault = Fault(code=code, detail=detail)


class _Unpacker(Protocol):
    """One member of a packed file: `step` gives what its input so far unpacks to, in pieces."""

    def step(self, packed: bytes) -> Iterator[bytes]: ...
    @property
    def rest(self) -> bytes | None:
        """What follows the member's end in the input, None before that end."""


class TextSource(AbstractContextManager["TextSource"]):
    """The bytes of a source, unpacked, in pieces of about a megabyte.

    `bytes_read` counts what was taken from the file, packed as it is, and `total_bytes` is its
    size, None where it has none (standard input, a FIFO). Raises SourceFault.
    """

    def __init__(self, path: str | os.PathLike[str], limits: UnpackingLimits | None = None) -> None:
        self.name = os.fspath(path)
        self.bytes_read = 0
        self._limits = limits or UnpackingLimits()
        self._unpacked = 0
        try:
            self._file, self.total_bytes = _open(self.name)
        except (OSError, ValueError) as error:
            remedy = "name a file that is there and that this user may read"
            raise SourceFault("unreadable", f"{_why(error)}; {remedy}") from error
        if self.name == STANDARD_INPUT:
            self.name = "standard input"

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; standard input is left open."""
        if self._file is not getattr(sys.stdin, "buffer", None):
            self._file.close()

    def __iter__(self) -> Iterator[bytes]:
        """Yield the text from here to the end, piece by piece."""
        first = self._read()
        # A FIFO may hand out its first bytes one by one.
        while 0 < len(first) < 6 and (more := self._read()):  # noqa: PLR2004 -- the longest magic
            first += more
        for magic, name in _UNSUPPORTED.items():
            if first.startswith(magic):
                raise SourceFault("unsupported", f"it is packed by {name}; unpack it, or use gzip")
        if first.startswith(_GZIP_MAGIC):
            yield from self._unpack(first, _Gzip, "gzip")
        elif first.startswith(_ZSTD_MAGIC) or _is_skippable_frame(first):
            yield from self._unpack(first, _Zstd, "zstd")
        else:
            while first:
                yield first
                first = self._read()

    def _read(self) -> bytes:
        try:
            block = self._file.read1(BLOCK_BYTES)  # type: ignore[attr-defined]  # buffered
        except OSError as error:
            raise SourceFault("unreadable", _why(error)) from error
        self.bytes_read += len(block)
        return bytes(block)

    def _unpack(
        self, packed: bytes, new_unpacker: Callable[[], _Unpacker], kind: str
    ) -> Iterator[bytes]:
        """Yield the text of all members of a packed file, one after the other."""
        unpacker: _Unpacker | None = None
        while packed or (packed := self._read()):
            unpacker = unpacker or new_unpacker()
            try:
                for piece in unpacker.step(packed):
                    self._weigh(len(piece))
                    yield piece
            except (zlib.error, zstandard.ZstdError) as error:
                raise SourceFault("corrupted", f"the {kind} data is damaged: {error}") from error
            packed = b""
            if unpacker.rest is not None:
                # Padding of zeros may follow the last member.
                packed, unpacker = unpacker.rest.lstrip(b"\0"), None
        if unpacker is not None:
            raise SourceFault("truncated", f"the {kind} data breaks off before its end")

    def _weigh(self, size: int) -> None:
        self._unpacked += size
        limits = self._limits
        bomb = self._unpacked > max(limits.free_bytes, limits.max_ratio * self.bytes_read)
        if bomb or self._unpacked > limits.max_bytes:
            raise SourceFault(
                "unpacked_too_large",
                f"{self.bytes_read:,} bytes unpack to {self._unpacked:,} and more; at most "
                f"{limits.max_ratio} times as much and {limits.max_bytes:,} bytes are read; "
                "unpack it first if that is right",
            )


class _Gzip:
    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    def step(self, packed: bytes) -> Iterator[bytes]:
        while not self._inner.eof:
            piece = self._inner.decompress(packed, BLOCK_BYTES)
            packed = self._inner.unconsumed_tail
            if piece:
                yield piece
            elif not packed:
                return

    @property
    def rest(self) -> bytes | None:
        return self._inner.unused_data if self._inner.eof else None


class _Zstd:
    def __init__(self) -> None:
        self._inner = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
        self._rest: bytes | None = None

    def step(self, packed: bytes) -> Iterator[bytes]:
        for start in range(0, len(packed), _ZSTD_STEP):
            piece = self._inner.decompress(packed[start : start + _ZSTD_STEP])
            if piece:
                yield piece
            if self._inner.eof:
                self._rest = self._inner.unused_data + packed[start + _ZSTD_STEP :]
                return

    @property
    def rest(self) -> bytes | None:
        return self._rest


def _is_skippable_frame(first: bytes) -> bool:
    return first[1:4] == b"\x2a\x4d\x18" and 0x50 <= first[0] <= 0x5F  # noqa: PLR2004 -- RFC 8878


def _open(name: str) -> tuple[BinaryIO, int | None]:
    if name == STANDARD_INPUT:
        if sys.stdin is None:
            raise ValueError("there is no standard input")
        return sys.stdin.buffer, None
    file = io.open(name, "rb")  # noqa: SIM115, UP020 -- TextSource closes it
    status = os.fstat(file.fileno())
    return file, status.st_size if stat.S_ISREG(status.st_mode) else None


def _why(error: OSError | ValueError) -> str:
    reason = getattr(error, "strerror", None) or str(error)
    return f"it cannot be read: {reason}"
