"""A child is started anew when it is killed, and given up where it never stays."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from backtesting.management.kept import KeptChild
from tests.backtesting.jobs.houses import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAPS = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()} '); time.sleep(60)"


@pytest.fixture
def seen(tmp_path: Path) -> Path:
    """Return a file to which every process of the child writes its number."""
    return tmp_path / "seen"


@pytest.fixture
def child(seen: Path) -> Iterator[KeptChild]:
    one = KeptChild([sys.executable, "-c", NAPS, str(seen)], 1.0)
    yield one
    one.stop()


def kill_next(child: KeptChild, seen: Path, number: int) -> None:
    wait_for(lambda: seen.exists() and len(seen.read_text().split()) == number, "its start")
    os.kill(int(seen.read_text().split()[-1]), signal.SIGKILL)
    wait_for(child.has_ended, "its end")


def test_one_that_was_killed_is_started_anew(child: KeptChild, seen: Path) -> None:
    kill_next(child, seen, 1)

    assert child.start_anew()

    assert not child.has_ended()
    wait_for(lambda: len(seen.read_text().split()) == 2, "another process")


def test_one_that_lasts_may_be_killed_any_number_of_times(
    child: KeptChild, seen: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backtesting.management.kept._EARLY_S", 0.0)

    for number in range(1, 6):
        kill_next(child, seen, number)
        assert child.start_anew()


def test_one_that_ends_early_three_times_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backtesting.management.kept._EARLY_S", 1e9)  # on however busy a machine
    child = KeptChild([sys.executable, "-c", ""], 1.0)
    started = []

    for _ in range(3):
        wait_for(child.has_ended, "its end")
        started.append(child.start_anew())

    assert started == [True, True, False]
