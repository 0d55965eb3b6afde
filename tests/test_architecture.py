"""The directions of imports are law: the contracts of pyproject.toml hold, and are seen to hold."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
APPS = ("backtesting", "marketdata", "pairings")
LONGEST_FILE = 300
# Imports every module of the packages named and says which of them brought Django along.
IMPORT_ALL = """
import importlib, pkgutil, sys
for name in sys.argv[1:]:
    module = importlib.import_module(name)
    below = pkgutil.walk_packages(getattr(module, "__path__", []), name + ".")
    for part in [name, *(found.name for found in below)]:
        importlib.import_module(part)
        if "django" in sys.modules:
            sys.exit(part + " brings Django along")
"""


def contracts() -> list[dict[str, Any]]:
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    return list(settings["tool"]["importlinter"]["contracts"])


def pure_modules() -> list[str]:
    [contract] = [one for one in contracts() if "know no Django" in one["name"]]
    return list(contract["source_modules"])


def sources() -> list[Path]:
    return [
        path.relative_to(PROJECT)
        for folder in (*APPS, "config")
        for path in sorted((PROJECT / folder).rglob("*.py"))
    ]


def test_every_contract_is_kept() -> None:
    # In a process of its own: it configures logging anew, which disables every other logger.
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports; exit(lint_imports())"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


def test_the_pure_modules_do_not_bring_django_along() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, *pure_modules()],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


def test_the_front_of_an_app_is_empty() -> None:
    fronts = [(PROJECT / app / "__init__.py").read_text() for app in APPS]

    assert fronts == ["", "", ""]


def test_no_class_name_is_used_twice() -> None:
    places: dict[str, list[str]] = {}
    for path in sources():
        if "migrations" not in path.parts:
            for found in ast.parse((PROJECT / path).read_text()).body:
                if isinstance(found, ast.ClassDef):
                    places.setdefault(found.name, []).append(path.as_posix())

    # Django finds a command by the name of its class.
    places.pop("Command")
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


def test_no_file_is_longer_than_the_wall() -> None:
    tests = [path.relative_to(PROJECT) for path in (PROJECT / "tests").rglob("*.py")]
    lengths = {
        path.as_posix(): len((PROJECT / path).read_text().splitlines())
        for path in [*sources(), *tests]
    }

    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_file_has_a_name_that_says_nothing() -> None:
    nothing = {"utils", "helpers", "common", "base", "manager", "misc"}

    assert [path for path in sources() if nothing & set(path.with_suffix("").parts)] == []
