"""Commands that can be pasted."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from config.commands import manage_command

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from pytest_django.fixtures import Settings


def test_the_python_of_the_project_is_named_from_its_folder(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BASE_DIR = tmp_path
    monkeypatch.setattr(sys, "executable", str(tmp_path / ".venv/bin/python"))

    assert manage_command("runworker") == ".venv/bin/python manage.py runworker"


def test_any_other_python_is_named_in_full(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BASE_DIR = tmp_path
    monkeypatch.setattr(sys, "executable", "/opt/python3")

    assert manage_command("serve") == "/opt/python3 manage.py serve"


def test_what_a_shell_would_take_apart_is_quoted() -> None:
    assert manage_command("replay", "--recording", "a b").endswith("--recording 'a b'")
