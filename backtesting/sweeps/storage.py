"""Sweeps in the database: stored as a job's report, read back, and entered in the trial ledger."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import DatabaseError

from backtesting.inputs import has_tables
from backtesting.leases import JobResult
from backtesting.search.artifacts import TEST, SweepArtifacts
from backtesting.search.ledger import history_of, pack_trials, trial_hash, trial_of
from backtesting.search.stored import artifacts_head, pack_figures, read_artifacts
from backtesting.sweep_models import TrialEntry
from backtesting.versions import code_version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backtesting.engine.config import BacktestConfig
    from backtesting.engine.report import BacktestReport
    from backtesting.models import BacktestJob
    from backtesting.search.grid import SweepParameters
    from backtesting.search.robustness import TrialHistory
    from backtesting.search.search import SweepPlan

logger = logging.getLogger(__name__)


def persist_sweep_results(artifacts: SweepArtifacts, fingerprint: str) -> JobResult:
    """Return the sweep as what its job stores: all or nothing, with the job's completion.

    `fingerprint` names all that the sweep rests on beside its request.
    """
    best = artifacts.result(int(artifacts.order[0]))
    models = {parameters.config(artifacts.base).fill_model for parameters in artifacts.grid}
    return JobResult(
        payload=artifacts_head(artifacts),
        tables=pack_figures(artifacts),
        trials=pack_trials(_hashes(artifacts.grid, artifacts.base), artifacts.luck.sharpe),
        data_fingerprint=artifacts.source.fingerprint,
        fingerprint=fingerprint,
        code_version=code_version(),
        sets=len(artifacts),
        events=best.train["processed_events"] + best.test["processed_events"],
        opportunities=best.test["opportunities_seen"],
        trades=best.test["trades_attempted"],
        pnl=float(artifacts.part.figures[TEST].summaries[best.index]["pnl"]),
        pnl_asset=artifacts.base.quote_asset,
        fill_model=models.pop() if len(models) == 1 else "both",
        synthetic=artifacts.source.is_synthetic,
    )


def stored_sweep(job: BacktestJob) -> SweepArtifacts:
    """Return the sweep of a completed job; raise PackingError where it cannot be read."""
    return read_artifacts(job.report.payload, bytes(job.report.tables))


def trial_history(plan: SweepPlan) -> TrialHistory:
    """Return what was tried before on the data of a plan, beside its own sets."""
    own = _hashes(plan.grid, plan.inputs.base)
    entries = TrialEntry.objects.filter(fingerprint=plan.events.fingerprint).order_by("pk")
    packed = entries.values_list("trials", flat=True)
    return history_of(map(bytes, packed.iterator()), own)


def enter_sweep(artifacts: SweepArtifacts) -> None:
    """Enter the sets of a sweep that no job keeps in the ledger."""
    trials = pack_trials(_hashes(artifacts.grid, artifacts.base), artifacts.luck.sharpe)
    _enter(artifacts.source.fingerprint, trials, len(artifacts))


def enter_replay(report: BacktestReport) -> None:
    """Enter a single replay that no job keeps in the ledger: it is a trial like any other."""
    _enter(report.data_fingerprint, trial_of(report), 1)


def _enter(fingerprint: str, trials: bytes, count: int) -> None:
    """Write an entry, where there is a ledger; a run does not fail because it cannot be written."""
    if not has_tables():
        return
    try:
        TrialEntry.objects.create(fingerprint=fingerprint, trials=trials, count=count)
    except DatabaseError as error:
        logger.warning("this run is not in the trial ledger: %s", error)


def _hashes(grid: Sequence[SweepParameters], base: BacktestConfig) -> list[int]:
    return [trial_hash(parameters.config(base), parameters.universe or ()) for parameters in grid]
