"""Commands that start at once prepare the database one after the other."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.databases import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

# Says that it is in, and comes out when it is told to.
HOLD = """
import sys
from backtesting.management.one_at_a_time import one_at_a_time
with one_at_a_time("migrate"):
    print("in", flush=True)
    sys.stdin.read()
"""


def hold(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLD],
        cwd=PROJECT,
        env={"DJANGO_SETTINGS_MODULE": "config.settings", "BACKTEST_DATA_DIR": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_the_second_waits_until_the_first_has_ended_even_by_a_kill(tmp_path: Path) -> None:
    with hold(tmp_path) as first, hold(tmp_path / "other") as apart:
        assert first.stdout
        assert apart.stdout
        assert (first.stdout.readline(), apart.stdout.readline()) == ("in\n", "in\n")
        with hold(tmp_path) as second:
            with pytest.raises(subprocess.TimeoutExpired):
                second.communicate(timeout=2)  # its input is closed: it waits for the lock alone

            first.kill()

            assert second.communicate(timeout=20)[0] == "in\n"
