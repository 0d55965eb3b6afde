"""Read a recording in a process of its own: one core parses while another stores.

`ReaderProcess` looks like the JsonlReader it stands for. The child, this module as a program,
writes frames to its standard output: a line of JSON with what the reader knows by then, then the
arrays of a batch as they lie in memory. It inherits standard input, so that `-` works; it ends
when nobody reads it any more or its parent is gone. Pure: the child knows no Django.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import numpy as np

from marketdata.importers.batches import BookBatch, ImportRefused, Refusal
from marketdata.importers.jsonl import JsonlReader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

STANDARD_INPUT: Final = "-"
# Below this a second process starts no sooner than the first one is done.
WORTH_A_PROCESS_BYTES: Final = 8 * 1024 * 1024
_PACKED_SUFFIXES: Final = frozenset({".gz", ".zst"})
_PACKED_RATIO: Final = 8
_PROJECT: Final = Path(__file__).resolve().parent.parent
_COLUMNS: Final = (
    ("time_us", np.dtype("<i8")),
    ("symbol", np.dtype("<u2")),
    ("bid_count", np.dtype("<u2")),
    ("ask_count", np.dtype("<u2")),
)
_LEVEL: Final = np.dtype("<f8")
# Room for a batch or two, so that neither process waits for the other to take its turn.
_PIPE_BYTES: Final = 1024 * 1024
_PARENT_CHECK_S: Final = 0.5


class ReaderDiedError(RuntimeError):
    """The process that read the recording ended before the recording did."""


def open_reader(path: str, *, skip_bad: bool = False) -> JsonlReader | ReaderProcess:
    """Return a reader of the file: in a process of its own where there is a core for it."""
    if (os.cpu_count() or 1) > 1 and _is_large(path):
        return ReaderProcess(path, skip_bad=skip_bad)
    return JsonlReader(path, skip_bad=skip_bad)


def _is_large(path: str) -> bool:
    if path == STANDARD_INPUT:
        return True
    try:
        file = Path(path)
        size = file.stat().st_size if file.is_file() else WORTH_A_PROCESS_BYTES
    except (OSError, ValueError):
        return False  # the reader says better what is wrong with it
    packed = file.suffix in _PACKED_SUFFIXES
    return size * (_PACKED_RATIO if packed else 1) >= WORTH_A_PROCESS_BYTES


class ReaderProcess(AbstractContextManager["ReaderProcess"]):
    """A JsonlReader at the other end of a pipe; its attributes are those, as of the last batch."""

    def __init__(self, path: str, *, skip_bad: bool = False) -> None:
        self.symbols: list[str] = []
        self.header: Mapping[str, Any] | None = None
        self.refused: Counter[str] = Counter()
        self.first_refusals: list[Refusal] = []
        self.lines = 0
        self.bytes_read = 0
        self.total_bytes: int | None = None
        self.fingerprint = ""
        # -P: a folder of recordings may hold a file with the name of one of our modules.
        command = [sys.executable, "-P", "-m", "marketdata.reading", str(os.getpid()), path]
        self._process = subprocess.Popen(  # noqa: S603 - ourselves, without a shell
            [*command, "--skip-bad"] if skip_bad else command,
            stdout=subprocess.PIPE,
            pipesize=_PIPE_BYTES,
            env={**os.environ, "PYTHONPATH": _python_path()},
        )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        if self._process.stdout:
            self._process.stdout.close()
        self._process.wait()

    def __iter__(self) -> Iterator[BookBatch]:
        """Yield batches to the end; raise what the reader raised, or ReaderDiedError."""
        pipe = self._process.stdout
        if pipe is None:
            raise ReaderDiedError("the reading process has no output")
        while line := pipe.readline():
            frame = json.loads(line)
            self._learn(frame)
            if "refusal" in frame:
                raise ImportRefused(frame["source"], Refusal(**frame["refusal"]))
            if "events" not in frame:
                return
            yield _receive(pipe, frame["events"], frame["levels"])
        code = self._process.wait()
        raise ReaderDiedError(f"the reading process ended early (exit code {code}); import again")

    def _learn(self, frame: Mapping[str, Any]) -> None:
        self.symbols.extend(frame["new_symbols"])
        self.header = frame["header"]
        self.refused = Counter(frame["refused"])
        self.first_refusals = [Refusal(**refusal) for refusal in frame["first_refusals"]]
        self.lines, self.bytes_read = frame["lines"], frame["bytes_read"]
        self.total_bytes, self.fingerprint = frame["total_bytes"], frame["fingerprint"]


def _python_path() -> str:
    return os.pathsep.join(filter(None, [str(_PROJECT), os.environ.get("PYTHONPATH", "")]))


def _receive(pipe: IO[bytes], events: int, levels: int) -> BookBatch:
    columns = {name: _read_array(pipe, kind, events) for name, kind in _COLUMNS}
    return BookBatch(**columns, levels=_read_array(pipe, _LEVEL, 2 * levels).reshape(-1, 2))


def _read_array(pipe: IO[bytes], kind: np.dtype[Any], count: int) -> np.ndarray[Any, Any]:
    data = pipe.read(kind.itemsize * count)
    if len(data) != kind.itemsize * count:
        raise ReaderDiedError("the reading process ended in the middle of a batch; import again")
    return np.frombuffer(data, kind)


def _frame(reader: JsonlReader, known_symbols: int, **more: Any) -> bytes:
    frame = {
        "new_symbols": reader.symbols[known_symbols:],
        "header": reader.header,
        "refused": dict(reader.refused),
        "first_refusals": [_plain(refusal) for refusal in reader.first_refusals],
        "lines": reader.lines,
        "bytes_read": reader.bytes_read,
        "total_bytes": reader.total_bytes,
        "fingerprint": reader.fingerprint,
    }
    return json.dumps({**frame, **more}).encode() + b"\n"


def _plain(refusal: Refusal) -> dict[str, Any]:
    return {"code": refusal.code, "line": refusal.line, "detail": refusal.detail}


def _send_all(path: str, output: IO[bytes], *, skip_bad: bool) -> None:
    reader = None
    try:
        with JsonlReader(path, skip_bad=skip_bad) as reader:
            known = 0
            for batch in reader:
                levels = len(batch.levels)
                output.write(_frame(reader, known, events=len(batch), levels=levels))
                for name, kind in _COLUMNS:
                    output.write(np.ascontiguousarray(getattr(batch, name), kind).data)
                output.write(np.ascontiguousarray(batch.levels, _LEVEL).data)
                known = len(reader.symbols)
            output.write(_frame(reader, known))
    except ImportRefused as error:
        refusal = {"source": error.source, "refusal": _plain(error.refusal)}
        if reader is not None:
            output.write(_frame(reader, len(reader.symbols), **refusal))
        else:
            output.write(_refused_at_once(refusal))


def _refused_at_once(refusal: Mapping[str, Any]) -> bytes:
    nothing: dict[str, Any] = {
        "new_symbols": [],
        "header": None,
        "refused": {},
        "first_refusals": [],
    }
    rest = {"lines": 0, "bytes_read": 0, "total_bytes": None, "fingerprint": ""}
    return json.dumps({**nothing, **rest, **refusal}).encode() + b"\n"


def _end_with(parent: int) -> None:
    """End this process soon after its parent has: a source may keep it waiting for ever."""
    while os.getppid() == parent:
        time.sleep(_PARENT_CHECK_S)
    os._exit(1)


def main(arguments: list[str]) -> None:
    # Ctrl-C goes to both processes; what it means is for the parent to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent, path, *flags = arguments
    threading.Thread(target=_end_with, args=(int(parent),), daemon=True).start()
    try:
        _send_all(path, sys.stdout.buffer, skip_bad="--skip-bad" in flags)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        os._exit(1)  # nobody listens any more; a flush at exit would only complain


if __name__ == "__main__":
    main(sys.argv[1:])
