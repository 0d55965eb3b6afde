"""Real answers of Kraken, which live beside the project and never in it."""

from __future__ import annotations

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "shared" / "fixtures" / "kraken"


def capture(name: str) -> Path:
    """Return a captured file's path; skip the test, loudly, where it is missing."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"../shared/fixtures/kraken/{name} is missing: NOT tested on real data")
    return path
