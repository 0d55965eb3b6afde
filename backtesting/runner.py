"""Running a backtest from a request: the one road that command, page, job and test share.

request -> events -> rules and fees -> cycles -> engine -> report; and the same as a job, which is
what the cluster runs: claim, work, store.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.utils.module_loading import import_string

from backtesting.engine.balances import parse_balances as _parse_balances
from backtesting.engine.warming import compile_engine
from backtesting.inputs import find_inputs, find_pairing_rules, has_tables
from backtesting.jobs import BacktestJobRepository, JobCancelled, JobResult, LeaseLost
from backtesting.memory import bounded_memory
from backtesting.models import BacktestJob
from backtesting.progress import JobProgress
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
from backtesting.workers import worker_name
from config.logs import working_on
from pairings.cycles import CurrencyGraph, Cycle

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

    from backtesting.inputs import ReplayInputs
    from backtesting.jobs import Claim
    from pairings.rules import PairingRules

__all__ = [
    "ReplayRequest",
    "_build_cycles_from_events",
    "_parse_balances",
    "backtest_worker",
    "do_as_job",
    "find_pairing_rules",
    "let_others_go_first",
    "load_events",
    "prepare_engine",
    "prepare_worker",
    "replay_work",
    "run_backtest_job",
    "run_replay",
    "run_saved",
]

Progress = Callable[[int, int], None]
Work = Callable[[Mapping[str, Any], JobProgress], JobResult]
logger = logging.getLogger(__name__)
# What a job may fail of. A ValueError says in a line what is wrong with the request; django-q2's
# time limit is a SystemExit.
_FAILURES: Final = (
    (ValueError, "refused"),
    (MemoryError, "memory_limit"),
    (OSError, "machine"),
    (SystemExit, "timeout"),
)
_EXPECTED: Final = ("refused", "memory_limit", "machine")
# A ring of the bell works through the queue for so long, then rings again: workers are replaced
# between two rings, and no round comes near the queue's own time limit.
_ROUND_S: Final = 30.0
_LONG_S: Final = 5.0


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
            "the database has no tables yet; run: python manage.py migrate, then import_snapshots"
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


def do_as_job(
    kind: str,
    values: Mapping[str, Any],
    work: Work,
    *,
    owner: AbstractBaseUser | None = None,
    show: Progress | None = None,
) -> int:
    """Do the work of a new job here and now; return its number when it is completed.

    What goes wrong is raised, and the job then says so too.
    """
    if not has_tables():
        raise ReplayError("the database has no tables to save it in; run: python manage.py migrate")
    jobs = BacktestJobRepository()
    claim = jobs.start(kind, owner, values, worker_name())
    try:
        _work_on(jobs, claim, work, show)
    except KeyboardInterrupt:
        jobs.cancel(claim.job_id)
        jobs.cancelled(claim)
        raise
    if not BacktestJob.objects.filter(
        pk=claim.job_id, status=BacktestJob.Status.COMPLETED
    ).exists():
        raise ReplayError(f"job {claim.job_id} was stopped; nothing was stored")
    return claim.job_id


def run_backtest_job(job_id: int) -> bool:
    """Work on this one job; return whether it was there to be claimed."""
    jobs = BacktestJobRepository()
    claim = jobs.claim(worker_name(), job_id)
    if claim is not None:
        with working_on(job=claim.job_id):
            _work_on(jobs, claim)
    return claim is not None


def prepare_worker() -> None:
    """Have the engine at hand before workers are forked: no job has to wait for a compiler then.

    Where it cannot be compiled each job will say so, so that this must not end the cluster.
    """
    began = time.monotonic()
    try:
        compile_engine()
    except Exception:
        logger.exception("the engine could not be compiled")
    if (took := time.monotonic() - began) > _LONG_S:
        logger.info("compiled the engine in %.0f s; later starts find it on the disk", took)


def backtest_worker() -> None:
    """Work on what is queued, oldest first: this is what a ring of the bell runs."""
    jobs = BacktestJobRepository()
    jobs.reap()
    round_ends = time.monotonic() + _ROUND_S
    more = False
    try:
        while time.monotonic() < round_ends:
            if claim := jobs.claim(worker_name()):
                with working_on(job=claim.job_id):
                    logger.info("attempt %s, %s", claim.attempt, claim.kind)
                    _work_on(jobs, claim)
            elif not (more := _help_out(round_ends)):
                break
    finally:
        jobs.ring_for_waiting(also=more)


def let_others_go_first(kind: str, progress: JobProgress) -> None:
    """Work on the oldest queued job of another kind, from within a long one of this kind."""
    waiting = BacktestJob.objects.queued().exclude(kind=kind).order_by("pk")
    job_id = waiting.values_list("pk", flat=True).first()
    if job_id is None:
        return
    progress.step("letting a single run go first")
    try:
        run_backtest_job(job_id)
    except Exception:
        logger.exception("job %s, which went first, crashed", job_id)


def _help_out(until: float) -> bool:
    """Work on parts of others' jobs; return whether there is more of that to do."""
    answers = [import_string(helper)(until) for helper in settings.JOB_HELPERS]
    return any(answers)


def _work_on(
    jobs: BacktestJobRepository,
    claim: Claim,
    work: Work | None = None,
    show: Progress | None = None,
) -> None:
    """Do the work of a job and end it, whatever happens; raise again what is a bug.

    With a `work` of the caller's own, all that goes wrong is raised again.
    """
    try:
        _attempt(jobs, claim, work or import_string(settings.JOB_KINDS[claim.kind]), show)
    except JobCancelled:
        jobs.cancelled(claim)
    except LeaseLost as lost:
        logger.warning("%s", lost)
    except (Exception, SystemExit) as error:
        code = next((code for kind, code in _FAILURES if isinstance(error, kind)), "crashed")
        is_bug = code not in _EXPECTED
        if not work:
            logger.warning("failed: %s, %s", code, _in_words(code, error), exc_info=is_bug)
        with suppress(LeaseLost):
            jobs.fail(claim, code, _in_words(code, error))
        if work or is_bug:
            raise


def _attempt(jobs: BacktestJobRepository, claim: Claim, work: Work, show: Progress | None) -> None:
    with (
        bounded_memory(settings.JOB_MEMORY_LIMIT_BYTES),
        JobProgress(jobs, claim, show=show) as progress,
    ):
        jobs.store_report(claim, work(claim.request, progress))


def _in_words(code: str, error: BaseException) -> str:
    if code == "refused":
        return str(error)
    if code == "memory_limit":
        return "the job needed more memory than it may take"
    return f"{type(error).__name__}: {error}"


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
