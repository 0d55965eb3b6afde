"""`sweep` as a shell sees it: JSON alone on output, progress and words on standard error."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.backtesting.commands import FREE, write_tape
from tests.backtesting.search.rows import edges
from tests.databases import PROJECT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
def test_progress_and_words_go_to_standard_error(tmp_path: Path) -> None:
    tape = write_tape(tmp_path / "tape.jsonl", edges(20))
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'none.sqlite3'}",
        "BACKTEST_DATA_DIR": str(tmp_path / "data"),
    }
    asked = ["--file", tape, *FREE, "--theta", "0.0005,0.001", "--out", str(tmp_path / "out")]
    watched, terminal = pty.openpty()

    done = subprocess.run(
        [sys.executable, str(PROJECT / "manage.py"), "sweep", *asked, "--json"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=terminal,
        check=False,
    )

    os.close(terminal)
    said = os.read(watched, 1 << 16).decode()
    os.close(watched)
    assert done.returncode == 0
    assert len(json.loads(done.stdout)["results"]) == 2
    assert done.stdout.count(b"\n") == 1
    assert "sweeping" in said
    assert "results.csv" in said
