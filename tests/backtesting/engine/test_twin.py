"""The readable twin gives what the test vectors ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.backtesting.engine.comparison import differences
from tests.backtesting.engine.twin import replay
from tests.backtesting.engine.vectors import load_vector

OWN = Path(__file__).parent / "vectors"
SHARED = Path(__file__).parents[4] / "shared" / "vectors"


def folders(parent: Path) -> list[Path]:
    return sorted(path for path in parent.glob("*") if path.is_dir())


def wrong_places(folder: Path) -> list[str]:
    vector = load_vector(folder)
    report = replay(
        vector.events,
        pairings=vector.pairings,
        config=vector.config,
        balances=vector.balances,
    )
    return differences(report, vector.report | {"trades": vector.trades})


@pytest.mark.parametrize("folder", folders(OWN), ids=lambda folder: folder.name)
def test_it_gives_the_report_of_our_own_copy_of_a_vector(folder: Path) -> None:
    assert wrong_places(folder) == []


def test_the_four_vectors_of_our_own_are_there() -> None:
    assert [folder.name[:2] for folder in folders(OWN)] == ["01", "02", "03", "04"]


@pytest.mark.parametrize("folder", folders(SHARED), ids=lambda folder: folder.name)
def test_it_gives_the_report_of_a_shared_vector(folder: Path) -> None:
    assert wrong_places(folder) == []


def test_the_shared_vectors_are_there() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no shared test vectors at {SHARED}: only our own copies were held to")

    assert folders(SHARED)
