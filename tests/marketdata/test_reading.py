"""A reader in another process is the reader itself, at a distance."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from marketdata import reading
from marketdata.importers.batches import ImportRefused
from marketdata.importers.jsonl import JsonlReader
from marketdata.reading import ReaderDiedError, ReaderProcess, open_reader
from tests.factories.marketdata import random_events
from tests.marketdata.tapes import write_jsonl

if TYPE_CHECKING:
    from pathlib import Path

KNOWN = ("symbols", "header", "refused", "first_refusals", "lines", "bytes_read", "fingerprint")


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    """A file with a header and two bad lines at its end."""
    path = write_jsonl(tmp_path / "tape.jsonl", random_events(500), header={"name": "tape"})
    with path.open("a") as file:
        file.write('{"nothing": 1}\nnonsense\n')
    return path


def read_all(reader: JsonlReader | ReaderProcess) -> dict[str, Any]:
    with reader:
        parts = list(reader)
    arrays = {
        name: np.concatenate([getattr(part, name) for part in parts]).tolist()
        for name in ("time_us", "symbol", "bid_count", "ask_count", "levels")
    }
    return arrays | {name: getattr(reader, name) for name in (*KNOWN, "total_bytes")}


def test_both_give_the_same(tape: Path) -> None:
    near, far = (read_all(make(str(tape), skip_bad=True)) for make in (JsonlReader, ReaderProcess))

    assert far == near
    assert len(far["time_us"]) == 500
    assert sum(far["refused"].values()) == 2


@pytest.mark.parametrize("path", ["tape", "/no/such/file", "/"])
def test_both_refuse_in_the_same_words(tape: Path, path: str) -> None:
    refused = str(tape) if path == "tape" else path
    said = []

    for make in (JsonlReader, ReaderProcess):
        with pytest.raises(ImportRefused) as caught:
            read_all(make(refused))
        said.append((str(caught.value), caught.value.refusal))

    assert said[0] == said[1]


def test_a_reader_that_is_killed_is_not_taken_for_the_end(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with ReaderProcess(str(fifo)) as reader:
        os.kill(reader._process.pid, signal.SIGKILL)

        with pytest.raises(ReaderDiedError, match="ended early"):
            list(reader)


def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    code = (
        "import sys, time; from marketdata.reading import ReaderProcess\n"
        f"reader = ReaderProcess({str(fifo)!r})\n"
        "print(reader._process.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()

    deadline = time.monotonic() + 120
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(child)


def is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123 - no path worth the name
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # it may end while we read
        return False


def test_a_process_is_started_only_where_it_pays(
    tape: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    with open_reader(str(tape)) as small:
        assert isinstance(small, JsonlReader)

    monkeypatch.setattr(reading, "WORTH_A_PROCESS_BYTES", 100)
    with open_reader(str(tape)) as large:
        assert isinstance(large, ReaderProcess)

    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    with open_reader(str(tape)) as alone:
        assert isinstance(alone, JsonlReader)
