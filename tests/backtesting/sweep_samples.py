"""Completed sweeps, as the pages find them: those of a real search on a synthetic tape."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from backtesting.engine.config import BacktestConfig
from backtesting.engine.events import EventStore
from backtesting.jobs import request_hash
from backtesting.leases import report_hash
from backtesting.models import JobReport
from backtesting.requests import ReplayRequest
from backtesting.sweep import (
    PromotionCriteria,
    SearchOptions,
    SweepAxes,
    SweepInputs,
    SweepPlan,
    build_parameter_grid,
    persist_sweep_results,
    run_parameter_search,
)
from backtesting.sweeps.requests import SweepRequest
from marketdata.synthetic import make_recording
from tests.factories.backtesting import BacktestJobFactory

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from backtesting.jobs import JobResult
    from backtesting.models import BacktestJob
    from backtesting.search.artifacts import SweepArtifacts

TRIANGLE = ("BTC/USD", "ETH/BTC", "ETH/USD")
THETAS, CAPITALS, LATENCIES = (0.0005, 0.002, 0.5), (50.0, 250.0), (20.0, 200.0)
SETS = 24
# Under which some sets of the tape pass every gate of robust.
EASY = {
    "max_generalization_gap": 5.0,
    "min_test_trades": 1,
    "min_deflated_sharpe": 0.0,
    "max_overfitting": 1.0,
    "min_win_rate": 0.0,
    "min_fill_rate": 0.0,
}


def sweep_request(**options: Any) -> SweepRequest:
    """Return a request for 24 sets: three thresholds, two capitals, two universes, two latencies.

    The last threshold is one at which nothing trades.
    """
    return SweepRequest(
        replay=ReplayRequest(
            config=BacktestConfig(fill_model="replayed"), recordings=("stress",), balances=None
        ),
        axes=SweepAxes(
            min_profit_threshold=THETAS,
            trade_capital=CAPITALS,
            universe=(None, TRIANGLE),
            further={"execution_latency_ms": LATENCIES},
        ),
        options=SearchOptions(**{"folds": 2, **options}),
    )


@cache
def artifacts_of(limits: tuple[tuple[str, float], ...] = ()) -> SweepArtifacts:
    """Return what that sweep finds on 40,000 books, under these limits of gates.

    With limits it says as well that P&L came in in enough time buckets, or none could be robust.
    """
    tape = make_recording("stress", 40_000, 3)
    wanted = sweep_request(criteria=PromotionCriteria.from_values(dict(limits)))
    base = wanted.replay.config
    events = EventStore(
        columns=tape.columns(), recordings=("stress",), is_synthetic=True, fingerprint="f" * 64
    )
    plan = SweepPlan.of(
        events,
        wanted.axes,
        build_parameter_grid(wanted.axes, base),
        SweepInputs(base=base, rules={row.symbol: row for row in tape.pairings}),
        wanted.options,
    )
    found = run_parameter_search(plan)
    if not limits:
        return found
    return replace(found, luck=replace(found.luck, active=found.luck.active * 30))


@cache
def _result(limits: tuple[tuple[str, float], ...]) -> JobResult:
    return persist_sweep_results(artifacts_of(limits), "a" * 64)


def completed_sweep(
    owner: User | None = None, *, limits: dict[str, float] | None = None, **fields: Any
) -> BacktestJob:
    """Make a completed sweep with its report; `limits` are those of gates."""
    found = _result(tuple(sorted((limits or {}).items())))
    wanted = sweep_request(criteria=PromotionCriteria.from_values(limits or {})).as_json()
    options = {
        "finished": True,
        "kind": "sweep",
        "owner": owner,
        "request": wanted,
        "config_hash": request_hash(wanted),
        "fingerprint": found.fingerprint,
        "code_version": found.code_version,
        **found.headline(),
        **fields,
    }
    job: BacktestJob = BacktestJobFactory.create(**options)
    JobReport.objects.create(
        job=job,
        attempt=1,
        sha256=report_hash(found.payload, found.tables),
        payload=found.payload,
        tables=found.tables,
    )
    return job
