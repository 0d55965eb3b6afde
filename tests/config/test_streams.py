"""Whatever a shell makes of standard output and error, a command ends in a line."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.backtesting.commands import FREE, write_tape
from tests.databases import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Shell = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.slow


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Run a command with its streams redirected; `@tape` is a recording."""
    tape = write_tape(tmp_path / "tape.jsonl")

    def run(redirected: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(PROJECT / "manage.py")]
        command += [tape if part == "@tape" else part for part in arguments]
        return subprocess.run(
            ["/bin/sh", "-c", f'"$@" {redirected}', "sh", *command],
            env=os.environ | {"BACKTEST_DATA_DIR": str(tmp_path / "data")} | more,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


REPLAY = ("replay", "--file", "@tape", *FREE)
CLOSED = "it is closed"
FULL = "No space left on device"


@pytest.mark.parametrize(
    ("redirected", "arguments", "reason"),
    [
        (">&-", (*REPLAY, "--json"), CLOSED),
        (">&-", REPLAY, CLOSED),
        (">&- <&-", ("check",), CLOSED),
        (">/dev/full", (*REPLAY, "--json"), FULL),
        (">/dev/full", REPLAY, FULL),
        (">/dev/full", ("replay", "--help"), FULL),
    ],
)
def test_an_output_that_takes_nothing_is_named_in_a_line(
    shell: Shell, redirected: str, arguments: tuple[str, ...], reason: str
) -> None:
    done = shell(redirected, *arguments)

    words = f"standard output cannot be written: {reason}; send it to a terminal, or to a file"
    assert (done.returncode, done.stderr) == (1, f"CommandError: {words} with room\n")


@pytest.mark.parametrize("arguments", [REPLAY, ("check",)])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_ended_is_named_in_a_line(
    shell: Shell, arguments: tuple[str, ...], unbuffered: str
) -> None:
    done = shell("| true", *arguments, PYTHONUNBUFFERED=unbuffered)

    assert done.stderr.count("\n") == 1
    assert "standard output cannot be written: whoever read it has ended" in done.stderr


@pytest.mark.parametrize("redirected", ["2>&-", "2>/dev/full"])
def test_words_that_nobody_takes_leave_output_and_exit_code_as_they_are(
    shell: Shell, redirected: str
) -> None:
    printed, refused = shell(redirected, "check"), shell(redirected, "replay", "--bogus")

    assert (printed.returncode, printed.stdout.count("\n")) == (0, 1)
    assert (refused.returncode, refused.stdout) == (2, "")
