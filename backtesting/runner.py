"""Running a backtest from a request: the one road that command, page, job and test share.

request -> events -> rules and fees -> cycles -> engine -> report; and the same as a job, which is
what the cluster runs (`working`): claim, work, store.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from backtesting.engine.balances import parse_balances as _parse_balances
from backtesting.inputs import find_inputs, find_pairing_rules, has_tables
from backtesting.jobs import JobResult
from backtesting.replay import (
    BacktestConfig,
    BacktestReplayEngine,
    BacktestReport,
    EventStore,
    ReplayError,
    load_replay_events,
    load_replay_events_from_db,
)
from backtesting.requests import ReplayRequest
from backtesting.search.ledger import trial_of
from backtesting.versions import code_version
from backtesting.working import (
    backtest_worker,
    do_as_job,
    prepare_worker,
    run_backtest_job,
)
from config.commands import manage_command
from pairings.cycles import CurrencyGraph, Cycle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.contrib.auth.models import AbstractBaseUser

    from backtesting.inputs import ReplayInputs
    from backtesting.progress import JobProgress
    from pairings.rules import PairingRules

__all__ = [
    "ReplayRequest",
    "_build_cycles_from_events",
    "_parse_balances",
    "backtest_worker",
    "find_pairing_rules",
    "load_events",
    "prepare_engine",
    "prepare_worker",
    "replay_work",
    "run_backtest_job",
    "run_replay",
    "run_saved",
]

Progress = Callable[[int, int], None]


def run_replay(request: ReplayRequest, progress: Progress | None = None) -> BacktestReport:
    """Replay what is asked for and return the report.

    Raises ValueErrors (ReplayError, ConfigError, FeeError, CycleError, SelectionError,
    ImportRefused) that say in one line what is wrong and how to mend it.
    """
    return prepare_engine(request, load_events(request)).run(progress)


def load_events(request: ReplayRequest) -> EventStore:
    """Return the events a request asks for."""
    if request.file is not None:
        if request.recordings:
            raise ReplayError("--file and --recording name two sources; give one of them")
        return load_replay_events(
            request.file, request.symbols, request.start, request.end, skip_bad=request.skip_bad
        )
    if not has_tables():
        raise ReplayError(
            f"the database has no tables yet; run: {manage_command('migrate')}, "
            "then import_snapshots"
        )
    return load_replay_events_from_db(
        request.symbols, request.start, request.end, request.recordings
    )


def prepare_engine(request: ReplayRequest, events: EventStore) -> BacktestReplayEngine:
    """Return the engine for a request over events that are loaded: rules, fees and cycles found."""
    return _engine(request, events, _inputs(request, events))


def _build_cycles_from_events(
    events: EventStore, rules: Mapping[str, PairingRules], config: BacktestConfig
) -> tuple[Cycle, ...]:
    """Return the cycles of the events' universe in canonical order (the standard, section 2)."""
    return CurrencyGraph(rules[symbol] for symbol in events.symbols).cycles(config.starts)


def replay_work(values: Mapping[str, Any], progress: JobProgress) -> JobResult:
    """Replay the request of a job and return what is stored of it (JOB_KINDS names this)."""
    request = ReplayRequest.from_json(values)
    if request.file == "-":
        raise ReplayError("standard input can be read once only; run the command again instead")
    return _replay(request, progress)[0]


def run_saved(
    request: ReplayRequest, owner: AbstractBaseUser | None = None, show: Progress | None = None
) -> tuple[int, BacktestReport]:
    """Replay here and now, and leave a completed job behind; return its number and the report.

    What goes wrong is raised, and the job then says so too.
    """
    found: list[BacktestReport] = []

    def work(_: Mapping[str, Any], progress: JobProgress) -> JobResult:
        result, report = _replay(request, progress)
        found.append(report)
        return result

    number = do_as_job("replay", request.as_json(), work, owner=owner, show=show)
    return number, found[0]


def _replay(request: ReplayRequest, progress: JobProgress) -> tuple[JobResult, BacktestReport]:
    progress.step("reading the events")
    events = load_events(request)
    inputs = _inputs(request, events)
    engine = _engine(request, events, inputs)
    progress.step("preparing the engine")
    report = engine.run(progress)
    result = JobResult(
        payload=report.as_json(),
        tables=report.tables.with_ladders(events.columns).pack(),
        trials=trial_of(report),
        data_fingerprint=events.fingerprint,
        fingerprint=inputs.fingerprint(events.fingerprint),
        code_version=code_version(),
        events=report.processed_events,
        opportunities=report.opportunities_seen,
        trades=report.trades_attempted,
        pnl=report.realized_pnl_usd,
        pnl_asset=request.config.quote_asset,
        fill_model=report.fill_model,
        synthetic=report.is_synthetic,
    )
    return result, report


def _inputs(request: ReplayRequest, events: EventStore) -> ReplayInputs:
    return find_inputs(request, events.symbols, int(events.columns.time_us[0]))


def _engine(
    request: ReplayRequest, events: EventStore, inputs: ReplayInputs
) -> BacktestReplayEngine:
    return BacktestReplayEngine(
        request.config,
        events,
        _build_cycles_from_events(events, inputs.rules, request.config),
        request.balances,
        rules=inputs.rules,
        account=inputs.account,
    )
