"""The replay cache: columns as .npy files, memory-mapped, named after what they hold, disposable.

An entry is a folder: a file a column and a manifest with what it holds and each file's size and
checksum. It is written under a temporary name, flushed and renamed, so that a half-written entry
is never seen; every byte is verified before use. Whatever is wrong with an entry, or with the disk
below it, it is as if it were not there: callers fall back on the database and lose only time.
Processes may share a cache: nothing is ever changed in place, and what is mapped stays readable
after its removal.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import mmap
import os
import secrets
import shutil
import stat
import time
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np

from marketdata.checksums import checksum
from marketdata.columns import BookColumns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

FORMAT: Final = "book-columns-1"
_MANIFEST: Final = "manifest.json"
_ARRAYS: Final = (
    "time_us",
    "symbol",
    "best_bid",
    "inverse_ask",
    "depth_start",
    "bid_count",
    "levels",
)
# Read here and there, where a look needs more than counting; the others at every event.
_COLD: Final = ("time_us", "depth_start", "bid_count", "levels")
Mapped = tuple[mmap.mmap, int, np.dtype[Any], tuple[int, ...]]
_HEADER_BYTES: Final = 4096
_ABANDONED_S: Final = 3600.0
_WRITTEN_AT_ONCE: Final = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayCache:
    """A cache below `root` of at most `max_bytes`; the entries longest unused go first."""

    root: Path
    max_bytes: int

    def load(self, contents: Mapping[str, Any], symbols: Sequence[str]) -> BookColumns | None:
        """Return the columns of these contents, mapped; None if there is no sound entry."""
        folder = self._folder(contents)
        try:
            mapped = _read(folder, _stated(contents))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            _remove(folder)
            return None
        with contextlib.suppress(OSError):
            os.utime(folder)  # used now: it is no longer the first to go
        columns = {name: _as_array(*parts) for name, parts in mapped.items()}
        cold = [mapped[name][0] for name in _COLD]
        return BookColumns(symbols=tuple(symbols), let_go=partial(_let_go, cold), **columns)

    def store(self, contents: Mapping[str, Any], columns: BookColumns) -> bool:
        """Keep columns for later; False if they do not fit or cannot be written."""
        arrays = {name: getattr(columns, name) for name in _ARRAYS}
        size = sum(array.nbytes + _HEADER_BYTES for array in arrays.values())
        draft = self.root / f".draft-{os.getpid()}-{secrets.token_hex(6)}"
        if size > self.max_bytes:
            return False
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            self._make_room(size)
            draft.mkdir()
            _write(draft, _stated(contents), arrays)
            # Fails where another process was faster, which serves as well.
            draft.rename(self._folder(contents))
            _flush_folder(self.root)
        except OSError:
            shutil.rmtree(draft, ignore_errors=True)
            return False
        return True

    def _folder(self, contents: Mapping[str, Any]) -> Path:
        text = json.dumps(_stated(contents), sort_keys=True)
        return self.root / hashlib.sha256(text.encode()).hexdigest()[:40]

    def _make_room(self, size: int) -> None:
        """Remove the entries longest unused, and drafts of processes long gone."""
        entries = sorted(filter(None, map(_entry, self.root.iterdir())))
        total = size
        drafts = [entry for entry in entries if entry[2].name.startswith(".")]
        for used_at, _, folder in drafts:
            if time.time() - used_at > _ABANDONED_S:
                _remove(folder)
        whole = [entry for entry in entries if entry not in drafts]
        total += sum(bytes_held for _, bytes_held, _ in whole)
        for _, bytes_held, folder in whole:
            if total <= self.max_bytes:
                break
            _remove(folder)
            total -= bytes_held


def _stated(contents: Mapping[str, Any]) -> dict[str, Any]:
    """Return the contents as the manifest will give them back."""
    stated: dict[str, Any] = json.loads(json.dumps({"format": FORMAT, **contents}))
    return stated


def _write(folder: Path, stated: dict[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    files = {name: _write_array(folder / f"{name}.npy", array) for name, array in arrays.items()}
    manifest = json.dumps({"contents": stated, "files": files}, sort_keys=True)
    _write_flushed(folder / _MANIFEST, [manifest.encode()])
    _flush_folder(folder)


def _write_array(path: Path, array: NDArray[Any]) -> list[Any]:
    """Write one array; return its file's size and the checksums of its header and its data."""
    header = BytesIO()
    np.lib.format.write_array_header_1_0(header, np.lib.format.header_data_from_array_1_0(array))
    data = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
    pieces = (
        data[start : start + _WRITTEN_AT_ONCE] for start in range(0, len(data), _WRITTEN_AT_ONCE)
    )
    _write_flushed(path, [header.getvalue(), *pieces])
    return [len(header.getvalue()) + len(data), checksum(header.getvalue()), checksum(data)]


def _write_flushed(path: Path, pieces: Sequence[bytes | memoryview]) -> None:
    with path.open("xb") as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(folder: Path, stated: dict[str, Any]) -> dict[str, Mapped]:
    """Return the arrays of an entry; raise ValueError, KeyError or TypeError for any damage."""
    with _open_regular(folder / _MANIFEST) as file:
        manifest = json.loads(file.read())
    if manifest["contents"] != stated:
        raise ValueError("the entry holds something else than its name says")
    return {name: _map_array(folder / f"{name}.npy", manifest["files"][name]) for name in _ARRAYS}


def _open_regular(path: Path) -> BinaryIO:
    """Open a file to read; ValueError for what is none, such as a FIFO, which would keep us."""
    file = open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK))  # noqa: SIM115
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    file.close()
    raise ValueError(f"{path.name} is no regular file")


def _map_array(path: Path, expected: list[Any]) -> Mapped:
    size, header_sum, data_sum = expected
    with _open_regular(path) as file:
        if os.fstat(file.fileno()).st_size != size:
            raise ValueError(f"{path.name} has another size than when it was written")
        # Private and so writable in name, as arrays fresh from the database are: compiled code
        # tells the two kinds apart and would be compiled for each.
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    view = memoryview(mapped)
    start = int.from_bytes(view[8:10], "little") + 10
    if checksum(view[:start]) != header_sum or checksum(view[start:]) != data_sum:
        raise ValueError(f"{path.name} is damaged")
    # Sound to the last bit, so that reading its header can no longer fail.
    header = BytesIO(view[:start])
    np.lib.format.read_magic(header)
    shape, _, kind = np.lib.format.read_array_header_1_0(header)
    if path.stem in _COLD:
        _let_go([mapped])  # verified, not used yet
    return mapped, start, kind, shape


def _as_array(
    mapped: mmap.mmap, start: int, kind: np.dtype[Any], shape: tuple[int, ...]
) -> NDArray[Any]:
    return np.frombuffer(mapped, kind, offset=start).reshape(shape)


def _let_go(mapped: Sequence[mmap.mmap]) -> None:
    """Drop the pages of these files from memory; the system still has them at hand, or on disk."""
    if hasattr(mmap, "MADV_DONTNEED"):
        for one in mapped:
            one.madvise(mmap.MADV_DONTNEED)


def _entry(folder: Path) -> tuple[float, int, Path] | None:
    """Return when an entry was last used, its size and its folder; None if it is just going."""
    try:
        size = sum(path.stat().st_size for path in folder.iterdir())
        return folder.stat().st_mtime, size, folder
    except OSError:
        return None


def _remove(folder: Path) -> None:
    """Remove an entry: under its name it is gone at once, whatever comes of its files."""
    gone = folder.with_name(f".gone-{os.getpid()}-{secrets.token_hex(6)}")
    with contextlib.suppress(OSError):
        folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
