"""Is the winner luck? Noise swept is not called robust, and a planted edge is found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backtesting.engine.config import BacktestConfig
from backtesting.engine.events import EventStore
from backtesting.sweep import (
    SearchOptions,
    SweepArtifacts,
    SweepAxes,
    SweepInputs,
    SweepPlan,
    build_parameter_grid,
    run_parameter_search,
)
from marketdata.synthetic import make_recording
from tests.backtesting.search.noise import market, sweep_of


def ready_and_robust(artifacts: SweepArtifacts) -> tuple[float, int]:
    """Return the share of sets that the design's gates promote, and how many are robust."""
    return float(artifacts.ready.mean()), sum(result.robust for result in artifacts.results)


def noise_of(seeds: range) -> tuple[list[float], int]:
    found = [ready_and_robust(sweep_of(market(seed))) for seed in seeds]
    return [ready for ready, _ in found], sum(robust > 0 for _, robust in found)


def test_noise_passes_the_designs_gates_but_is_not_robust() -> None:
    ready, robust = noise_of(range(8))

    assert max(ready) > 0.1
    assert robust == 0


@pytest.mark.slow
def test_of_a_hundred_markets_of_noise_at_most_one_is_called_robust() -> None:
    ready, robust = noise_of(range(1000, 1100))

    # The design's own gates promote more than a tenth of all sets, and in most markets some.
    assert np.mean(ready) > 0.1
    assert robust <= 1


def test_an_edge_that_outlasts_the_orders_is_found() -> None:
    # Half of all seconds have an edge for 150 ms; three orders take up to 120.
    found = sweep_of(market(3, share=0.5, lasts_steps=15), 0.5, thetas_bps=(1, 2, 3, 4, 5))

    best = found.results[0]
    assert best.promotion_ready
    assert best.robust
    assert best.test["win_rate"] == 1.0
    assert found.luck.overfitting == 0.0
    assert best.trust.agreeing == best.trust.neighbors


def test_sets_of_very_different_worth_raise_the_hurdle_and_it_is_said() -> None:
    # Thresholds up to 25 bps leave out more and more of the edge, 180 ms of orders all of it.
    found = sweep_of(market(3, share=0.3, lasts_steps=15), 0.5, latencies_ms=(20.0, 40.0, 60.0))

    best = found.results[0]
    assert best.promotion_ready
    (gate,) = best.failed_robust_gates
    assert gate.gate == "deflated_sharpe"
    assert "chance explains" in gate.reason
    assert "with fewer and closer sets on another recording" in gate.reason


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["thin", "stress"])
def test_planted_edges_in_lifelike_books_are_found(profile: str) -> None:
    tape = make_recording(profile, 200_000, seed=0)
    base = BacktestConfig(fee_profile="zero", fill_model="replayed")
    axes = replace(
        SweepAxes.of(base),
        min_profit_threshold=tuple(1e-4 * bps for bps in (5, 10, 20, 30, 40, 60, 80, 100, 130)),
        trade_capital=(10.0, 20.0, 50.0),
        staleness_threshold_ms=(None, 100.0, 1000.0),
        further={"execution_latency_ms": (2.0, 20.0, 100.0)},
    )
    plan = SweepPlan.of(
        EventStore(columns=tape.columns(), fingerprint=profile),
        axes,
        build_parameter_grid(axes, base),
        SweepInputs(base=base, rules={rules.symbol: rules for rules in tape.pairings}),
        SearchOptions(train_ratio=0.5),
    )

    found = run_parameter_search(plan)

    best = found.results[0]
    assert (best.promotion_ready, best.robust) == (True, True)
    assert best.test["realized_pnl_usd"] > 0
    assert 0 < ready_and_robust(found)[1] < len(found)
