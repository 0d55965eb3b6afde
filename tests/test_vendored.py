"""What others wrote and we ship is, byte for byte, what its authors published."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parent.parent
VENDOR = PROJECT / "backtesting" / "static" / "backtesting" / "vendor"
FOLDERS = sorted(path for path in VENDOR.iterdir() if path.is_dir())


def statement(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "VENDOR.toml").read_text())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_file_has_the_sum_that_was_written_down(folder: Path) -> None:
    sums = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.name != "VENDOR.toml"
    }

    assert sums == statement(folder)["sha256"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_folder_says_what_it_holds_and_under_which_license(folder: Path) -> None:
    said = statement(folder)

    assert folder.name == f"{said['npm'].rpartition('/')[2]}-{said['version']}"
    assert said["license"] in {"Apache-2.0", "MIT"}
    assert "LICENSE" in said["sha256"]


def test_the_chart_library_and_the_style_sheet_are_there() -> None:
    assert [folder.name for folder in FOLDERS] == ["echarts-6.1.0", "pico-2.1.1"]
