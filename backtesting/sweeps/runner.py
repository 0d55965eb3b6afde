"""Running a sweep from a request: the one road that command, page, job and test share.

As a job a long sweep is cut into chunks (`chunks`). Whoever claimed the job works on them
like any other worker, lets single runs go first, and puts the parts together in the end.
"""

from __future__ import annotations

import logging
import os
import time
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.utils.module_loading import import_string

from backtesting.inputs import find_inputs
from backtesting.models import BacktestJob
from backtesting.replay import ReplayError
from backtesting.runner import load_events
from backtesting.search.cutting import cut, is_worth_cutting
from backtesting.search.grid import build_parameter_grid
from backtesting.search.groups import SweepInputs
from backtesting.search.packing import pack_part, unpack_part
from backtesting.search.search import SweepPlan
from backtesting.search.warming import compile_search
from backtesting.sweeps import chunks
from backtesting.sweeps.chunks import ChunkLost
from backtesting.sweeps.limits import check_work
from backtesting.sweeps.requests import SweepRequest
from backtesting.sweeps.storage import persist_sweep_results, trial_history
from backtesting.workers import worker_name
from backtesting.working import do_as_job, let_others_go_first

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.contrib.auth.models import AbstractBaseUser

    from backtesting.jobs import JobResult
    from backtesting.progress import JobProgress
    from backtesting.search.artifacts import SweepArtifacts
    from backtesting.search.figures import PartResult
    from backtesting.search.groups import SweepGroup
    from backtesting.search.pruned import PrunedSearch

__all__ = [
    "help_with_sweeps",
    "prepare_sweep",
    "run_saved_sweep",
    "sweep_work",
    "usable_cores",
]

KIND: Final = "sweep"
logger = logging.getLogger(__name__)
_BEAT_S: Final = 2.0
_WAIT_S: Final = 0.2
# Sets that are searched first to see how long the rest will take.
_PROBE: Final = 16
_BELLS: Final = 4


def prepare_sweep(request: SweepRequest, limit: int | None = None) -> SweepPlan:
    """Return the plan of a sweep with its events loaded, rules and fees found.

    The grid is counted against `limit` before anything is read. Raises ValueErrors that say in
    one line what is wrong and how to mend it.
    """
    base = request.replay.config
    grid = build_parameter_grid(request.axes, base, limit)
    events = load_events(request.events)
    check_work(len(grid), len(events))
    inputs = find_inputs(request.replay, events.symbols, int(events.columns.time_us[0]))
    return SweepPlan.of(
        events,
        request.axes,
        grid,
        SweepInputs(
            base=base,
            rules=inputs.rules,
            account=inputs.account,
            balances=request.replay.balances,
        ),
        request.options,
    )


def usable_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


def sweep_work(values: Mapping[str, Any], progress: JobProgress) -> JobResult:
    """Do the sweep of a job and return what is stored of it (JOB_KINDS names this)."""
    return _sweep(SweepRequest.from_json(values), progress)[0]


def run_saved_sweep(
    request: SweepRequest,
    owner: AbstractBaseUser | None = None,
    show: Callable[[int, int], None] | None = None,
) -> tuple[int, SweepArtifacts]:
    """Sweep here and now, and leave a completed job behind; return its number and the sweep.

    Workers that are idle help. What goes wrong is raised, and the job then says so too.
    """
    found: list[SweepArtifacts] = []

    def work(_: Mapping[str, Any], progress: JobProgress) -> JobResult:
        result, artifacts = _sweep(request, progress)
        found.append(artifacts)
        return result

    return do_as_job(KIND, request.as_json(), work, owner=owner, show=show), found[0]


def _sweep(request: SweepRequest, progress: JobProgress) -> tuple[JobResult, SweepArtifacts]:
    if request.replay.file == "-":
        raise ReplayError("standard input can be read once only; run the command again instead")
    progress.step("reading the events")
    plan = prepare_sweep(request, settings.SWEEP_MAX_SETS_STAFF)
    progress.step("compiling the search")
    compile_search(plan)
    progress.call_it("searching")
    parts = _SharedSearch(plan, progress).run()
    progress.step("judging the sets")
    artifacts = plan.artifacts(parts, trial_history(plan))
    return persist_sweep_results(artifacts, plan.fingerprint), artifacts


def help_with_sweeps(until: float) -> bool:
    """Search chunks of others' sweeps while no job waits, until that monotonic time.

    Returns whether there is more to help with (JOB_HELPERS names this).
    """
    plans: dict[int, SweepPlan] = {}
    while time.monotonic() < until and not BacktestJob.objects.queued().exists():
        chunk = chunks.claim(worker_name())
        if chunk is None:
            return False
        try:
            _help(chunk, plans)
        except ChunkLost as lost:
            logger.info("%s", lost)
        except ValueError as error:  # the sweep's own worker will say so to its owner
            logger.warning("a chunk of job %s was left: %s", chunk.job_id, error)
            chunks.give_back(chunk)
            return False
    return True


def _help(chunk: chunks.ChunkClaim, plans: dict[int, SweepPlan]) -> None:
    if chunk.job_id not in plans:
        job = chunks.running_sweep(chunk.job_id)
        if job is None:
            raise ChunkLost(f"job {chunk.job_id} has ended")
        plans.clear()
        plans[chunk.job_id] = prepare_sweep(SweepRequest.from_json(job.request))
        chunks.beat(chunk)
    plan = plans[chunk.job_id]
    part = plan.search().run(_groups(plan, chunk.slices), _Heartbeat(chunk))
    chunks.finish(chunk, pack_part(part))


class _SharedSearch:
    """The search of a sweep by its own worker, and by all that help."""

    def __init__(self, plan: SweepPlan, progress: JobProgress) -> None:
        self._plan, self._progress = plan, progress
        self._search: PrunedSearch = plan.search(threads=settings.SWEEP_THREADS)
        self._windows = 2 * len(plan.splits)
        self._job_id = progress.job_id
        self._before = 0

    def run(self) -> list[PartResult]:
        """Return the parts that make up the whole grid."""
        if not chunks.resume(self._job_id):
            parts = self._cut()
            if len(parts) < 2:  # noqa: PLR2004 - nothing to share
                return [self._search.run(self._plan.groups, self._tell_all)]
            chunks.lay_out(self._job_id, parts)
            self._call_for_help(len(parts))
        while not chunks.is_complete(self._job_id):
            self._step()
        return [unpack_part(result) for result in chunks.results(self._job_id)]

    def _cut(self) -> list[list[chunks.Slice]]:
        """Search a few sets, to see how long the whole takes; return the chunks worth cutting."""
        sizes = [len(group.indexes) for group in self._plan.groups]
        group = self._plan.groups[0]
        probe = group.sample(_PROBE)
        self._seconds(group.sample(1))  # finds each symbol's rows, once for all
        one_s, all_s = self._seconds(group.sample(1)), self._seconds(probe)
        set_s = max(0.0, all_s - one_s) / max(1, len(probe.indexes) - 1)
        if not is_worth_cutting(sizes, one_s, set_s, settings.SWEEP_CHUNK_S):
            return []
        return cut(sizes, one_s, set_s, settings.SWEEP_CHUNK_S)

    def _seconds(self, group: SweepGroup) -> float:
        began = time.perf_counter()
        self._search.run([group], lambda _done, _total: self._tell_all(0, 1))
        return time.perf_counter() - began

    def _step(self) -> None:
        """Search a chunk, or wait for those that others are at."""
        let_others_go_first(KIND, self._progress)
        chunk = chunks.claim(worker_name(), self._job_id)
        if chunk is None:
            self._tell(0)
            time.sleep(_WAIT_S)
            return
        try:
            heartbeat = _Heartbeat(chunk, self._tell)
            part = self._search.run(_groups(self._plan, chunk.slices), heartbeat)
            chunks.finish(chunk, pack_part(part))
        except ChunkLost as lost:  # somebody else had it meanwhile, and has it done
            logger.warning("%s", lost)

    def _tell(self, done: int) -> None:
        """Show progress over all chunks; `done` of this one, in sets a window."""
        if not done:
            self._before = chunks.sets_done(self._job_id)
        self._tell_all(self._before * self._windows + done, 0)

    def _tell_all(self, done: int, _total: int) -> None:
        """Show progress; it is complete when the sets are judged as well."""
        total = len(self._plan.grid) * self._windows
        self._progress(min(done, total - 1), total)

    def _call_for_help(self, parts: int) -> None:
        for _ in range(min(_BELLS, parts)):
            import_string(settings.JOB_BELL)()


class _Heartbeat:
    """Called with the sets done and in all of a chunk; keeps its lease."""

    def __init__(self, chunk: chunks.ChunkClaim, tell: Callable[[int], None] | None = None) -> None:
        self._chunk, self._tell = chunk, tell
        self._next = time.monotonic() + _BEAT_S
        if tell:
            tell(0)

    def __call__(self, done: int, _total: int) -> None:
        if self._tell and done:
            self._tell(done)
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _BEAT_S
            chunks.beat(self._chunk)


def _groups(plan: SweepPlan, slices: Sequence[chunks.Slice]) -> list[SweepGroup]:
    return [plan.groups[group].part(first, stop) for group, first, stop in slices]
