"""A synthetic recording as files: its events, and beside them the ledger of what was planted."""

from __future__ import annotations

import gzip
import json
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Final, Protocol

import zstandard

from config.whole_files import written_whole
from marketdata.synthetic.tape import SyntheticError
from marketdata.synthetic.text import event_lines
from marketdata.synthetic.universe import PAIRINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from marketdata.synthetic.tape import TapeRequest

ENDINGS: Final = (".jsonl", ".jsonl.gz", ".jsonl.zst")
# Synthetic tapes are large and short-lived: the fast levels of both.
_GZIP_LEVEL, _ZSTD_LEVEL = 3, 3


class ByteSink(Protocol):
    """What is asked of a file that is written, compressed or not."""

    def write(self, data: bytes, /) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenRecording:
    """The two files, how many events and planted dislocations they hold, first and last time."""

    path: Path
    ledger_path: Path
    events: int
    dislocations: int
    first_us: int
    last_us: int


def ledger_path(path: Path) -> Path:
    """Return where a recording's ledger stands; refuse a path that no recording can have."""
    ending = next((end for end in reversed(ENDINGS) if path.name.endswith(end)), None)
    if ending is None or path.name == ending:
        raise SyntheticError(f"PATH was {path}; its name must end in {', '.join(ENDINGS)}")
    if not path.parent.is_dir():
        raise SyntheticError(f"PATH was {path}; its folder does not exist, make it first")
    return path.with_name(f"{path.name.removesuffix(ending)}.ledger.jsonl")


def write_recording(
    request: TapeRequest,
    path: Path,
    *,
    overwrite: bool = False,
    progress: Callable[[int], None] | None = None,
) -> WrittenRecording:
    """Write the recording and its ledger, both under temporary names until they are complete.

    `progress` is told how many events were added. Raises SyntheticError where a name has no known
    ending, or a file is there already and `overwrite` is not set.
    """
    ledger = ledger_path(path)
    if not overwrite:
        _refuse_existing(path, ledger)
    events, rows, first_us, last_us = 0, 0, 0, 0
    with ExitStack() as stack:
        # Left in reverse: the ledger gets its name first, so that a recording always has one.
        tape_file = stack.enter_context(_completed(path))
        ledger_file = stack.enter_context(_completed(ledger))
        tape_file.write(_line(request.header()))
        ledger_file.write(_line({"ledger": request.header()["recording"]}))
        for block in request.blocks():
            first_us = first_us or int(block.time_us[0])
            last_us = int(block.time_us[-1])
            for lines in event_lines(block, PAIRINGS):
                tape_file.write(lines.encode("ascii"))
                if progress:
                    progress(lines.count("\n"))
            for row in block.ledger:
                ledger_file.write(_line(row.entry()))
            events, rows = events + len(block), rows + len(block.ledger)
    return WrittenRecording(
        path=path,
        ledger_path=ledger,
        events=events,
        dislocations=rows,
        first_us=first_us,
        last_us=last_us,
    )


def _refuse_existing(*targets: Path) -> None:
    for target in targets:
        if target.exists():
            raise SyntheticError(f"{target} is there already; name another or add --force")


def _line(entry: dict[str, Any]) -> bytes:
    return json.dumps(entry).encode("ascii") + b"\n"


@contextmanager
def _completed(path: Path) -> Iterator[ByteSink]:
    """Open what becomes the file at `path` once it is complete, compressed by its ending."""
    with written_whole(path) as raw, _compressed(raw, path.suffix) as stream:
        yield stream


@contextmanager
def _compressed(raw: IO[bytes], ending: str) -> Iterator[ByteSink]:
    if ending == ".gz":
        # No name and no time in the gzip header: the same recording is the same bytes.
        with gzip.GzipFile("", "wb", _GZIP_LEVEL, raw, mtime=0) as stream:
            yield stream
    elif ending == ".zst":
        with zstandard.ZstdCompressor(_ZSTD_LEVEL).stream_writer(raw, closefd=False) as stream:
            yield stream
    else:
        yield raw
