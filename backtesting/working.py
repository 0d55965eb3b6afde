"""Working on jobs, whatever their kind: claim, work, store; what a ring of the bell runs.

What there is to do for a kind is named in the settings (JOB_KINDS), and who helps with the work of
others when no job waits (JOB_HELPERS).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils.module_loading import import_string

from backtesting.engine.report import ReplayError
from backtesting.engine.warming import compile_engine
from backtesting.inputs import has_tables
from backtesting.jobs import BacktestJobRepository, JobCancelled, JobResult, LeaseLost
from backtesting.memory import bounded_memory
from backtesting.models import BacktestJob
from backtesting.progress import JobProgress
from backtesting.workers import worker_name
from config.commands import manage_command
from config.logs import working_on

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

    from backtesting.jobs import Claim

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
        words = f"the database has no tables to save it in; run: {manage_command('migrate')}"
        raise ReplayError(words)
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
    except (OperationalError, InterfaceError) as error:
        if work or not _put_back(jobs, claim, error):
            _fail(jobs, claim, error, "machine", told=not work)
        if work:
            raise
    except (Exception, SystemExit) as error:
        code = next((code for kind, code in _FAILURES if isinstance(error, kind)), "crashed")
        is_bug = code not in _EXPECTED
        _fail(jobs, claim, error, code, told=not work)
        if work or is_bug:
            raise


def _put_back(jobs: BacktestJobRepository, claim: Claim, error: Exception) -> bool:
    """Put back a job in which the database was lost; False if it had its last attempt."""
    logger.warning("the database was lost: %s", error)
    try:
        return jobs.requeue(claim)
    except JobCancelled:
        jobs.cancelled(claim)
    except LeaseLost as lost:
        logger.warning("%s", lost)
    return True


def _fail(
    jobs: BacktestJobRepository, claim: Claim, error: BaseException, code: str, *, told: bool
) -> None:
    words = _in_words(code, error)
    if told:
        logger.warning("failed: %s, %s", code, words, exc_info=code not in _EXPECTED)
    with suppress(LeaseLost):
        jobs.fail(claim, code, words)


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
