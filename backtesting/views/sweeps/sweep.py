"""The page of one sweep: how it stands, the leaders so far, and the result once it is there."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from django.http import Http404, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from backtesting.analysis.parameters import parameters, starting_balances
from backtesting.analysis.sweeps.axes import places_of
from backtesting.analysis.sweeps.commands import sweep_words
from backtesting.analysis.sweeps.digest import FIGURES
from backtesting.analysis.sweeps.drawing import parallel, scatter
from backtesting.analysis.sweeps.gates import ready_gates, robust_gates
from backtesting.analysis.sweeps.heat import WAYS, heat_map
from backtesting.analysis.sweeps.importance import importances
from backtesting.analysis.sweeps.luck import luck_rows
from backtesting.analysis.sweeps.verdict import verdict_of
from backtesting.engine.figures import model_limits
from backtesting.models import WorkerHeartbeat
from backtesting.search.packing import PackingError
from backtesting.sweeps.files import results_csv_lines
from backtesting.sweeps.leaders import cache as leader_cache
from backtesting.sweeps.promotions import promoted_sets
from backtesting.sweeps.requests import SweepRequest
from backtesting.views.report import ANY_REMEDY, REMEDIES
from backtesting.views.stored import answer_unless_known, find_job
from backtesting.views.sweeps.stored import KIND, cache, file_name, find_digest, sweep_report
from backtesting.views.sweeps.table import table_context
from config.commands import manage_command
from config.http import HtmxHttpRequest, render_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from backtesting.analysis.sweeps.axes import AxisView
    from backtesting.analysis.sweeps.digest import SweepDigest
    from backtesting.models import BacktestJob
    from backtesting.search.artifacts import SweepArtifacts

PAGE: Final = "backtesting/sweep.html"
BODY: Final = "partials/sweep_body.html"
MAP: Final = "partials/sweep_map.html"


@require_GET
def sweep(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """The result of a completed sweep; of any other, its state, which refreshes itself."""
    job = find_job(request, pk)
    if job.kind != KIND:
        return redirect("job", pk)
    context: dict[str, Any] = {"job": job}
    report = sweep_report(job)
    if report is None:
        return render_page(request, PAGE, fragment=BODY, context=context | _state_context(job))
    try:
        digest = cache.get(job, report)
    except PackingError as error:
        context["tables_error"] = str(error)
    else:
        context |= _result_context(request, job, digest)
    return render_page(request, PAGE, fragment=BODY, context=context)


@require_GET
def sweep_map(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """The heat map over the two axes and the figure that are asked for."""
    job, digest = find_digest(request, pk)
    context = {"job": job} | _result_context(request, job, digest)
    return render_page(request, PAGE, fragment=MAP, context=context)


@require_GET
def sweep_series(request: HttpRequest, pk: int, part: str) -> HttpResponseBase:
    """What one chart draws, as JSON; a browser that has it is told so by its ETag."""
    if part not in ("heat", "scatter", "parallel"):
        raise Http404(f"there is no chart {part!r}")
    job, digest = find_digest(request, pk)
    promoted = sorted(promoted_sets(pk))
    seen = repr((part, request.GET.urlencode() if part == "heat" else "", promoted))
    tag = f"{job.report.sha256}-{hashlib.sha256(seen.encode()).hexdigest()[:16]}"
    return answer_unless_known(
        request, tag, lambda: JsonResponse(_series(request, digest, part, promoted))
    )


@require_GET
def sweep_csv(request: HttpRequest, pk: int) -> HttpResponseBase:
    """All sets, best first, train and test side by side; a set at a time."""
    job, digest = find_digest(request, pk)
    return StreamingHttpResponse(
        results_csv_lines(digest.artifacts),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file_name(job)}.csv"'},
    )


@require_GET
def sweep_json(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The sweep as `sweep --json` prints it, a set at a time: whole it may be large."""
    job, digest = find_digest(request, pk)
    return StreamingHttpResponse(
        _json_parts(digest.artifacts),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{file_name(job)}.json"'},
    )


def map_context(request: HttpRequest, digest: SweepDigest) -> dict[str, Any]:
    """Return which axes, figure and way a heat map has: as asked, else what matters most."""
    x, y = _two_axes(request, digest)
    figure, way = request.GET.get("figure", ""), request.GET.get("way", "")
    return {
        "x": x,
        "y": y,
        "figure": figure if figure in FIGURES else "test_pnl",
        "way": way if way in WAYS else "best",
    }


def _json_parts(artifacts: SweepArtifacts) -> Iterator[str]:
    head = json.dumps(artifacts.head_as_json(), allow_nan=False)
    yield f'{head[:-1]}, "results": ['
    for at, result in enumerate(artifacts.results):
        yield (", " if at else "") + json.dumps(result.as_json(), allow_nan=False)
    yield "]}\n"


def _balances(job: BacktestJob, artifacts: SweepArtifacts) -> dict[str, float]:
    return starting_balances(job.request["replay"], artifacts.base.as_json())


def _two_axes(request: HttpRequest, digest: SweepDigest) -> tuple[AxisView, AxisView]:
    names = [one.name for one in importances(digest)]
    usual = [axis for name in names if (axis := digest.axis(name))]
    usual += [axis for axis in (*digest.varied, *digest.axes) if axis not in usual]
    x, y = (digest.axis(request.GET.get(name, "")) for name in ("x", "y"))
    if x is None and y is None:
        # A wide map is easier to read than a high one.
        x, y = sorted(usual[:2], key=lambda axis: -len(axis.texts))
    x = x or next(axis for axis in usual if axis is not y)
    if y is None or y is x:
        y = next(axis for axis in usual if axis is not x)
    return x, y


def _series(
    request: HttpRequest, digest: SweepDigest, part: str, promoted: list[int]
) -> dict[str, Any]:
    if part == "scatter":
        return scatter(digest)
    if part == "parallel":
        return parallel(digest)
    asked = map_context(request, digest)
    return heat_map(
        digest,
        asked["x"],
        asked["y"],
        figure=asked["figure"],
        way=asked["way"],
        promoted=set(promoted),
    )


def _state_context(job: BacktestJob) -> dict[str, Any]:
    if job.is_finished:
        return {"remedy": REMEDIES.get(job.error_code, ANY_REMEDY)}
    return {"has_worker": WorkerHeartbeat.objects.alive().exists(), **_leaders_context(job)}


def _leaders_context(job: BacktestJob) -> dict[str, Any]:
    """Return the best so far with their values; nothing before the first part is done."""
    try:
        wanted = SweepRequest.from_json(job.request)
    except ValueError:  # its worker will say so
        return {}
    leaders = leader_cache.leaders(job.pk, wanted.options)
    if leaders is None:
        return {}
    quote = wanted.replay.config.quote_asset
    return {
        "leaders": leaders,
        "best": [(one, places_of(wanted.axes, one.index, quote)) for one in leaders.best],
        "asset": quote,
    }


def _result_context(request: HttpRequest, job: BacktestJob, digest: SweepDigest) -> dict[str, Any]:
    artifacts = digest.artifacts
    verdict, promoted = verdict_of(digest), promoted_sets(job.pk)
    models = artifacts.axes.further.get("fill_model", (artifacts.base.fill_model,))
    return {
        "digest": digest,
        "artifacts": artifacts,
        "asset": artifacts.base.quote_asset,
        "verdict": verdict,
        "winner_gates": ready_gates(artifacts, verdict.winner),
        "winner_robust_gates": robust_gates(artifacts, verdict.winner),
        "luck": luck_rows(digest, digest.winner),
        "folds": artifacts.folds,
        "folds_pnl": sum(fold.test_pnl for fold in artifacts.folds),
        "importances": importances(digest),
        "figures": FIGURES.items(),
        "ways": WAYS.items(),
        "promoted": promoted,
        "parameters": parameters(artifacts.base.as_json()),
        "balances": sorted(
            starting_balances(job.request["replay"], artifacts.base.as_json()).items()
        ),
        "limits": [(model, model_limits(model)) for model in models],
        "command_line": manage_command(*sweep_words(job.request, artifacts)),
        "needs_file": job.request["replay"].get("rules") is not None,
        **map_context(request, digest),
        **table_context(request, digest, set(promoted)),
    }
