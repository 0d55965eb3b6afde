"""Every figure of every row of a sweep is that of the single replay: the standard, section 10."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from backtesting.engine.config import BacktestConfig
from backtesting.engine.engine import BacktestReplayEngine
from backtesting.search.facts import window_report
from backtesting.search.grid import SweepParameters
from backtesting.search.groups import SweepInputs, group_sets
from backtesting.search.pruned import PrunedSearch
from pairings.cycles import CurrencyGraph, CycleError
from pairings.rules import PairingRules
from tests.backtesting.engine.running import event_store
from tests.backtesting.engine.scenarios import SCENARIOS
from tests.strategies import ReplayCase, replay_cases

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from backtesting.search.figures import PartResult
    from tests.backtesting.engine.twin.market import Event

# Four parts of so many cases of so many sets, in two windows each: 960 sets.
EXAMPLES, SETS = 30, 8
searching = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@st.composite
def sweep_cases(draw: st.DrawFn) -> tuple[ReplayCase, list[SweepParameters]]:
    case = draw(replay_cases())
    base = BacktestConfig.from_values(case.config)
    sets = [draw(parameters(case, base)) for _ in range(SETS)]
    return case, sets


@st.composite
def parameters(draw: st.DrawFn, case: ReplayCase, base: BacktestConfig) -> SweepParameters:
    universe = tuple(row["symbol"] for row in case.pairings)
    if draw(st.integers(0, 3)) == 3:
        universe = tuple(symbol for symbol in universe if draw(st.integers(0, 4))) or universe
        if not forms_triangle(universe, base):
            universe = tuple(row["symbol"] for row in case.pairings)
    fees = st.sampled_from((0.0, 0.0, 0.001))
    higher = st.sampled_from((0.0, 0.001, 0.004, 0.01, 0.05))
    return SweepParameters(
        min_profit_threshold=base.min_profit_threshold + draw(higher),
        trade_capital=base.trade_capital * draw(st.sampled_from((1.0, 0.5, 2.0, 7.0, 0.01))),
        universe=universe,
        staleness_threshold_ms=draw(st.sampled_from((None, None, 0.0, 20.0, 100.0))),
        further={
            "fill_model": draw(st.sampled_from(("modeled", "replayed", "replayed"))),
            "execution_latency_ms": draw(st.sampled_from((0.0, 20.0, 5.0, 1000.0))),
            "latency_jitter_ms": draw(st.sampled_from((0.0, 0.0, 15.0))),
            "slippage_bps": draw(st.sampled_from((4.0, 0.0, 100.0))),
            "reentry": draw(st.sampled_from(("always", "after_reset"))),
            "max_concurrent_trades": draw(st.sampled_from((1, 2, 8))),
            "max_depth_levels": draw(st.sampled_from((10, 1, 2))),
            "fee_rate": base.fee_rate + draw(fees if base.fee_profile is None else st.just(0.0)),
        },
    )


def forms_triangle(universe: Sequence[str], base: BacktestConfig) -> bool:
    try:
        CurrencyGraph(map(PairingRules.from_symbol, universe)).cycles(base.starts)
    except CycleError:
        return False
    return True


def windows_of(events: list[Event], cut: float) -> list[slice]:
    """Return two windows cut at a share of the rows, moved on to where a tick begins."""
    at = max(1, int(cut * len(events)))
    while at < len(events) and events[at]["t"] == events[at - 1]["t"]:
        at += 1
    return [slice(0, at), slice(at, len(events))]


def search(
    case: ReplayCase, sets: list[SweepParameters], windows: list[slice], threads: int = 1
) -> tuple[PartResult, list[list[dict[str, Any]]]]:
    rules = {row["symbol"]: PairingRules(**row) for row in case.pairings}
    base = BacktestConfig.from_values(case.config)
    inputs = SweepInputs(base=base, rules=rules, balances=case.balances)
    events = event_store(case.events, list(rules))
    groups = group_sets(sets, inputs, events.symbols)
    part = PrunedSearch(
        events=events,
        inputs=inputs,
        windows=windows,
        span=(case.events[0]["t"], case.events[-1]["t"]),
        is_ready=lambda train, _: np.ones(len(train.summaries), np.bool_),
        threads=threads,
    ).run(groups)
    assets = groups[0].plan(events.columns, rules).assets
    rows = [
        [
            window_report(
                part.facts[at][part.groups[row]],
                part.figures[at].summaries[row],
                part.figures[at].ending[row],
                assets,
                sets[index].config(base),
            )
            for row, index in enumerate(part.indexes)
        ]
        for at in range(len(windows))
    ]
    return part, rows


def alone(case: ReplayCase, chosen: SweepParameters, window: slice) -> dict[str, Any]:
    assert chosen.universe is not None
    universe = sorted(chosen.universe)
    events = [event for event in case.events[window] if event["symbol"] in universe]
    rules = {row["symbol"]: PairingRules(**row) for row in case.pairings}
    config = chosen.config(BacktestConfig.from_values(case.config))
    cycles = CurrencyGraph(rules[symbol] for symbol in universe).cycles(config.starts)
    engine = BacktestReplayEngine(
        config, event_store(events, universe), cycles, case.balances, rules=rules
    )
    return engine.run().as_json()


def every_universe_has_events(
    case: ReplayCase, sets: list[SweepParameters], windows: list[slice]
) -> bool:
    return all(
        any(event["symbol"] in (chosen.universe or ()) for event in case.events[window])
        for chosen in sets
        for window in windows
    )


def hold_to_single_replays(
    case: ReplayCase, sets: list[SweepParameters], windows: list[slice]
) -> None:
    part, rows = search(case, sets, windows)
    for at, window in enumerate(windows):
        for row, index in enumerate(part.indexes):
            want = alone(case, sets[index], window)
            found = rows[at][row]
            assert as_lists(found) == as_lists(want)


def hold_cut_tape(case: ReplayCase, sets: list[SweepParameters], cut: float) -> None:
    windows = windows_of(case.events, cut)
    assume(every_universe_has_events(case, sets, windows))

    hold_to_single_replays(case, sets, windows)


def as_lists(values: Any) -> Any:
    """Return values as JSON would give them back, whose tuples are lists."""
    if isinstance(values, dict):
        return {name: as_lists(value) for name, value in values.items()}
    return [as_lists(value) for value in values] if isinstance(values, list | tuple) else values


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
@searching
@given(drawn=sweep_cases(), cut=st.sampled_from((0.7, 0.5, 0.9, 0.2)))
def test_every_row_is_the_single_replay_to_the_last_bit(
    part: int,  # noqa: ARG001 - parts only spread the work over processes
    drawn: tuple[ReplayCase, list[SweepParameters]],
    cut: float,
) -> None:
    hold_cut_tape(*drawn, cut)


@st.composite
def family_cases(draw: st.DrawFn) -> tuple[ReplayCase, list[SweepParameters]]:
    """Return sets that differ in what decides whether to trade, one trade at a time."""
    case = draw(replay_cases())
    base = BacktestConfig.from_values(case.config)
    first = draw(parameters(case, base))
    alike = dict(first.further) | {"max_concurrent_trades": 1, "latency_jitter_ms": 0.0}
    sets = [
        replace(
            first,
            min_profit_threshold=base.min_profit_threshold
            + draw(st.sampled_from((0.0, 0.0, 0.001, 0.002, 0.004, 0.01))),
            staleness_threshold_ms=draw(st.sampled_from((None, None, 0.0, 20.0, 100.0))),
            further=alike | {"reentry": draw(st.sampled_from(("always", "after_reset")))},
        )
        for _ in range(SETS)
    ]
    return case, sets


@pytest.mark.slow
@pytest.mark.parametrize("part", range(2))
@searching
@given(drawn=family_cases(), cut=st.sampled_from((0.7, 0.5, 0.9, 0.2)))
def test_sets_that_share_their_trades_are_no_different(
    part: int,  # noqa: ARG001 - parts only spread the work over processes
    drawn: tuple[ReplayCase, list[SweepParameters]],
    cut: float,
) -> None:
    hold_cut_tape(*drawn, cut)


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_is_so_where_random_tapes_hardly_go(name: str) -> None:
    make: Callable[[], ReplayCase] = SCENARIOS[name]
    case = make()
    base = BacktestConfig.from_values(case.config)
    chosen = SweepParameters(
        min_profit_threshold=base.min_profit_threshold,
        trade_capital=base.trade_capital,
        universe=tuple(row["symbol"] for row in case.pairings),
        staleness_threshold_ms=base.staleness_threshold_ms,
    )
    stricter = replace(chosen, min_profit_threshold=base.min_profit_threshold + 0.001)

    hold_to_single_replays(case, [chosen, stricter], [slice(0, len(case.events))])
