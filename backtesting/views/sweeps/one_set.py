"""One set of a sweep: both windows side by side, gates, luck, neighbors, and its own replays."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.text import Truncator
from django.views.decorators.http import require_GET, require_POST

from backtesting.analysis.parameters import parameters
from backtesting.analysis.sweeps.comparing import window_rows
from backtesting.analysis.sweeps.drawing import pnl_over_time
from backtesting.analysis.sweeps.gates import ready_gates, robust_gates
from backtesting.analysis.sweeps.luck import luck_rows
from backtesting.analysis.sweeps.neighbors import neighbors_of
from backtesting.analysis.sweeps.verdict import where
from backtesting.engine.figures import model_limits
from backtesting.jobs import BacktestJobRepository, JobError, request_hash
from backtesting.models import BacktestJob
from backtesting.search.packing import PackingError
from backtesting.sweeps.alone import WINDOWS, differences, request_alone
from backtesting.sweeps.promotions import may_promote, promoted_sets
from backtesting.sweeps.storage import stored_sweep
from backtesting.views.run import submission_id
from backtesting.views.stored import answer_unless_known, cannot_be_read, report_of
from backtesting.views.sweeps.stored import check_index, find_digest
from config.http import HtmxHttpRequest, render_page, whole_number

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from backtesting.analysis.sweeps.digest import SweepDigest

PAGE: Final = "backtesting/sweep_set.html"
BODY: Final = "partials/sweep_set.html"
_MOST_CURVES: Final = 5
_JOB_SHOWN: Final = 150  # characters, so that the name of a set alone fits


@require_GET
def sweep_set(request: HtmxHttpRequest, pk: int, index: int) -> HttpResponse:
    """All that is known of one set."""
    job, digest = find_digest(request, pk)
    check_index(digest, index)
    context = set_context(request, job, digest, index)
    return render_page(request, PAGE, fragment=BODY, context=context)


@require_GET
def sweep_curves(request: HttpRequest, pk: int) -> HttpResponseBase:
    """P&L over time of the sets `?set=3&set=7`, as JSON."""
    job, digest = find_digest(request, pk)
    wanted = map(whole_number, request.GET.getlist("set")[:_MOST_CURVES])
    indexes = [check_index(digest, index) for index in wanted if index is not None]

    def make() -> HttpResponseBase:
        try:
            return JsonResponse(pnl_over_time(stored_sweep(job), indexes))
        except PackingError as error:
            return cannot_be_read(error)

    tag = f"{job.report.sha256}-curves-{'-'.join(map(str, indexes))}"
    return answer_unless_known(request, tag, make)


@require_POST
def sweep_alone(request: HtmxHttpRequest, pk: int, index: int, window: str) -> HttpResponse:
    """Queue the single replay of a set in one window."""
    job, digest = find_digest(request, pk)
    if window not in WINDOWS:
        raise Http404(f"there is no window {window!r}")
    wanted = request_alone(job.request, digest.artifacts, check_index(digest, index), window)
    token = submission_id(request.POST.get("submission_id", ""))
    name = f"{Truncator(job).chars(_JOB_SHOWN)} · set {index} · {window}"
    jobs = BacktestJobRepository()
    try:
        queued = jobs.submit("replay", request.user, wanted.as_json(), token, name=name, parent=job)
    except JobError as error:
        messages.error(request, str(error))
        return redirect("sweep_set", pk, index)
    return redirect("job", queued.pk)


def set_context(
    request: HttpRequest, job: BacktestJob, digest: SweepDigest, index: int
) -> dict[str, Any]:
    """Return what the page of a set shows."""
    artifacts = digest.artifacts
    result = artifacts.result(index)
    config = result.parameters.config(artifacts.base)
    return {
        "job": job,
        "result": result,
        "digest": digest,
        "artifacts": artifacts,
        "asset": artifacts.base.quote_asset,
        "rank": int(digest.rank[index]),
        "where": where(digest, index),
        "parameters": parameters(config.as_json()),
        "universe": result.parameters.universe or artifacts.symbols,
        "figures": window_rows([result.train, result.test]),
        "gates": ready_gates(artifacts, result),
        "robust_gates": robust_gates(artifacts, result),
        "luck": luck_rows(digest, index),
        "neighbors": neighbors_of(digest, index),
        "limits": model_limits(config.fill_model),
        "alone": _alone(request, job, digest, index),
        "promotion": promoted_sets(job.pk).get(index),
        "may_promote": may_promote(request.user),
        "split": artifacts.splits[0],
    }


def _alone(
    request: HttpRequest, job: BacktestJob, digest: SweepDigest, index: int
) -> list[dict[str, Any]]:
    """Return for each window the newest replay of the set alone, and whether it is the same."""
    result = digest.artifacts.result(index)
    found = []
    for window in WINDOWS:
        wanted = request_alone(job.request, digest.artifacts, index, window)
        alone = (
            BacktestJob.objects.visible_to(request.user)
            .select_related("report")
            .defer("report__tables")
            .filter(parent=job, config_hash=request_hash(wanted.as_json()))
            .newest()
            .first()
        )
        report = report_of(alone) if alone else None
        row = result.train if window == "train" else result.test
        differing = differences(row, report.payload) if report else None
        found.append(
            {
                "window": window,
                "job": alone,
                "report": report,
                "differing": differing,
                "submission_id": uuid.uuid4(),
            }
        )
    return found
