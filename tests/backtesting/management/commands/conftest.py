"""Commands as tests run them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from backtesting.management.commands import demo
from marketdata.synthetic import TapeRequest
from tests.backtesting.commands import Outcome, run_command
from tests.backtesting.management.commands.demos import WorkerOfThisProcess

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_django.fixtures import Settings


@pytest.fixture
def run_demo(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    tmp_path: Path,
) -> Callable[..., Outcome]:
    """Return what runs a small demo, its worker in the process of the test."""
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    monkeypatch.setattr(demo, "TapeRequest", partial(TapeRequest, events=6_000))
    monkeypatch.setattr(demo, "OwnWorker", WorkerOfThisProcess)
    return lambda *arguments: run_command(capsys, "demo", *arguments)
