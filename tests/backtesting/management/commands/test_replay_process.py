"""`replay` as a shell sees it: exit codes, one line on standard error, only JSON on output."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from config.commands import manage_command
from tests.backtesting.commands import FREE, pack, write_tape
from tests.databases import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable

    Shell = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Run replay where no database has been made yet."""
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'none.sqlite3'}",
        "BACKTEST_DATA_DIR": str(tmp_path / "data"),
    }

    def run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, str(PROJECT / "manage.py"), "replay", *arguments]
        return subprocess.run(
            command, env=environment, input=stdin, capture_output=True, check=False
        )

    return run


@pytest.mark.slow
def test_a_file_needs_no_database(shell: Shell, tmp_path: Path) -> None:
    done = shell("--file", write_tape(tmp_path / "t.jsonl"), *FREE, "--json")

    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["processed_events"] == 7
    assert done.stdout.count(b"\n") == 1


@pytest.mark.slow
def test_without_a_file_an_unmigrated_database_names_the_remedy(shell: Shell) -> None:
    done = shell(*FREE, "--json")

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == (
        "CommandError: the database has no tables yet; "
        f"run: {manage_command('migrate')}, then import_snapshots\n"
    )


@pytest.mark.slow
def test_a_bad_line_of_packed_standard_input_is_one_line_of_error(
    shell: Shell, tmp_path: Path
) -> None:
    path = tmp_path / "t.jsonl"
    write_tape(path)
    path.write_text(path.read_text() + "{nope\n")

    done = shell("--file", "-", *FREE, "--json", stdin=Path(pack(str(path), ".zst")).read_bytes())

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"CommandError: standard input, line 8: bad_json: ")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.slow
def test_an_unknown_option_is_bad_usage(shell: Shell) -> None:
    done = shell("--nope")

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"CommandError: unrecognized arguments: --nope; ")
    assert done.stderr.count(b"\n") == 1
