"""Markets of the usual shapes find the engine compiled."""

from __future__ import annotations

import pytest

from backtesting.engine import warming
from backtesting.engine.config import BacktestConfig
from backtesting.engine.engine import BacktestReplayEngine
from backtesting.engine.events import EventStore
from backtesting.engine.kernel.loop import advance, settle
from backtesting.engine.plan import build_run, unrolled
from marketdata.synthetic import TapeRequest
from pairings.cycles import CurrencyGraph
from tests.backtesting.engine.replays import engine, replay
from tests.tapes import triangle


def shape(one: BacktestReplayEngine) -> tuple[int, ...]:
    return unrolled(build_run(one._plan))


@pytest.mark.parametrize(("assets", "width"), [(3, 1), (5, 3), (9, 0)])
def test_it_is_compiled_for_few_and_for_many_triangles(assets: int, width: int) -> None:
    assert assets in warming._SIZES
    assert shape(warming._engine(assets)) == (0,) * width


def test_it_is_compiled_for_the_market_of_the_demo() -> None:
    rules = {row.symbol: row for row in TapeRequest(profile="stress").rules()}
    columns = warming._columns(list(rules))
    cycles = CurrencyGraph(rules.values()).cycles(("USD",))

    demo = BacktestReplayEngine(BacktestConfig(), EventStore(columns=columns), cycles, rules=rules)

    assert shape(demo) == shape(warming._engine(5))


def test_every_cycle_of_the_tiny_markets_is_looked_at() -> None:
    assert warming._engine(5).run().looks >= 12


def test_nothing_is_left_to_compile_for_a_market_of_such_a_shape() -> None:
    warming.compile_engine()
    compiled = signatures()

    assert shape(engine(triangle())) == (0,)
    assert replay(triangle(), fill_model="replayed").looks

    assert signatures() == compiled


def signatures() -> list[object]:
    """Return the types of arguments for which the kernel has been compiled."""
    return [list(getattr(function, "signatures")) for function in (advance, settle)]  # noqa: B009 - Numba's
