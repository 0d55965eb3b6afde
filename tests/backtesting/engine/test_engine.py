"""The compiled engine, held to the vectors and to the readable twin."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.backtesting.engine import twin
from tests.backtesting.engine.comparison import differences
from tests.backtesting.engine.running import as_twin, prepare
from tests.backtesting.engine.scenarios import SCENARIOS
from tests.backtesting.engine.vectors import load_vector
from tests.strategies import ReplayCase, replay_cases

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).resolve()
OWN = HERE.parent / "vectors"
SHARED = HERE.parents[4] / "shared" / "vectors"
# Four parts of these make the 2,000 cases of every run.
EXAMPLES = 500


def folders() -> list[Any]:
    found = sorted(path for path in OWN.iterdir() if path.is_dir())
    if not SHARED.is_dir():
        missing = pytest.mark.skip(reason=f"NOT TESTED: no vectors in {SHARED.name} beside it")
        return [*found, pytest.param(SHARED, marks=missing)]
    return found + sorted(path for path in SHARED.iterdir() if path.is_dir())


def replay_case(case: ReplayCase) -> dict[str, Any]:
    engine = prepare(
        case.events, pairings=case.pairings, config=case.config, balances=case.balances
    )
    return as_twin(engine.run())


@pytest.mark.parametrize(
    "folder", folders(), ids=lambda path: f"{path.parent.parent.name}-{path.name}"
)
def test_it_gives_the_report_of_every_vector(folder: Path) -> None:
    vector = load_vector(folder)

    engine = prepare(
        vector.events, pairings=vector.pairings, config=vector.config, balances=vector.balances
    )
    report = as_twin(engine.run())

    assert differences(report, vector.report | {"trades": vector.trades}) == []


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(case=replay_cases())
def test_it_agrees_with_the_twin_on_nasty_tapes(part: int, case: ReplayCase) -> None:  # noqa: ARG001 - parts only spread the work over processes
    want = twin.replay(
        case.events, pairings=case.pairings, config=case.config, balances=case.balances
    )

    assert differences(replay_case(case), want) == []


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_agrees_with_the_twin_where_random_tapes_hardly_go(name: str) -> None:
    make: Callable[[], ReplayCase] = SCENARIOS[name]
    case = make()

    want = twin.replay(
        case.events, pairings=case.pairings, config=case.config, balances=case.balances
    )

    assert differences(replay_case(case), want) == []
