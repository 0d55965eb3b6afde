"""requirements.lock and pyproject.toml say the same: what is asked for is pinned, and by hash."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).resolve().parent.parent
LOCK = (PROJECT / "requirements.lock").read_text()
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
REMEDY = "compile the lock again, as the README says under 'Working on it'"


def asked_for() -> list[Requirement]:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    return [
        Requirement(line)
        for line in (*project["dependencies"], *project["optional-dependencies"]["test"])
    ]


def entries() -> list[str]:
    """Return the lock's entries, each in one line with its hashes."""
    return [line.strip() for line in LOCK.replace("\\\n", " ").splitlines() if line.strip()]


def pinned() -> dict[str, list[Requirement]]:
    """Return the pins by name; a name may have one for each kind of machine."""
    pins: dict[str, list[Requirement]] = {}
    for entry in entries():
        pin = Requirement(entry.split("--hash", 1)[0])
        pins.setdefault(canonicalize_name(pin.name), []).append(pin)
    return pins


def brought_by_extras(requirement: Requirement) -> list[str]:
    """Return the names of what the extras of a requirement ask for in their turn."""
    further = [Requirement(line) for line in metadata.requires(requirement.name) or ()]
    return [
        canonicalize_name(one.name)
        for one in further
        for extra in requirement.extras
        if one.marker and one.marker.evaluate({"extra": extra})
    ]


@pytest.mark.parametrize("requirement", asked_for(), ids=str)
def test_what_is_asked_for_is_pinned_by_a_version_that_will_do(requirement: Requirement) -> None:
    pins = pinned().get(canonicalize_name(requirement.name), [])

    versions = [specifier.version for pin in pins for specifier in pin.specifier]

    assert versions, f"{requirement} is not in requirements.lock; {REMEDY}"
    for version in versions:
        assert requirement.specifier.contains(version), f"{version} is not {requirement}; {REMEDY}"
    for name in brought_by_extras(requirement):
        assert name in pinned(), f"{name} of {requirement} is missing; {REMEDY}"


def test_every_entry_is_one_exact_version_with_its_hashes() -> None:
    for entry in entries():
        requirement, *hashes = re.split(r"\s+(?=--hash)", entry)

        assert [one.operator for one in Requirement(requirement).specifier] == ["=="], entry
        assert hashes, f"{requirement} has no hash"
        assert all(HASH.fullmatch(one) for one in hashes), f"{requirement} has a damaged hash"


def test_it_names_no_address_and_no_folder() -> None:
    for line in LOCK.splitlines():
        assert "http" not in line
        assert "file:" not in line
        assert not re.match(r"\s*(-[ifer]|--(index|find|extra|trusted))", line)
