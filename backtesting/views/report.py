"""The page of one job: how it stands, and once it is completed, its report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.http import Http404, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from backtesting.analysis.breakdown import pnl_by_cycle, pnl_by_hour
from backtesting.analysis.headline import OTHER_MODEL, headline, optimism_gap, shown_digits
from backtesting.analysis.idle import idle_names
from backtesting.analysis.parameters import command_words, parameters, starting_balances
from backtesting.analysis.series import SERIES
from backtesting.analysis.trade_figures import trade_figures
from backtesting.analysis.waterfall import misses, waterfall, where_it_ended
from backtesting.engine.report import ReplayError
from backtesting.engine.tables import TablesError
from backtesting.jobs import request_hash
from backtesting.models import BacktestJob, WorkerHeartbeat
from backtesting.requests import ReplayRequest
from backtesting.templatetags.job_pages import is_sweep
from backtesting.views.stored import (
    answer_unless_known,
    cannot_be_read,
    file_name,
    find_job,
    find_report,
    report_of,
    tables_of,
)
from backtesting.views.trades import table_context
from config.commands import manage_command
from config.http import HtmxHttpRequest, render_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from backtesting.models import JobReport

PAGE: Final = "backtesting/job.html"
BODY: Final = "partials/report_body.html"
# What to do about a job that failed, by error code.
REMEDIES: Final[Mapping[str, str]] = {
    "worker_lost": (
        "The worker died twice while it ran this. Look into its log; where memory ran out, choose "
        "fewer symbols or a shorter time range, then run it again."
    ),
    "memory_limit": "Choose fewer symbols or a shorter time range, or allow a job more memory.",
    "timeout": "It took longer than a job may: choose fewer symbols or a shorter time range.",
    "refused": "Start a new run without what the message names, or mend that first.",
    "machine": "Mend what the message names - often a full disk -, then run it again.",
    "crashed": "This is a bug of ours; the worker's log has the rest. Please report it.",
}
ANY_REMEDY: Final = "Look into the log of the worker, then run it again."


@require_GET
def job(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """The report of a completed job; of any other, its state, which refreshes itself."""
    found = find_job(request, pk, with_tables=True)
    if is_sweep(found):
        return redirect("sweep", pk)
    report = report_of(found)
    context = _report_context(request, found, report) if report else _state_context(found)
    return render_page(request, PAGE, fragment=BODY, context={"job": found, **context})


@require_GET
def job_series(request: HttpRequest, pk: int, part: str) -> HttpResponseBase:
    """What one chart draws, as JSON; a browser that has it is told so by its ETag."""
    if part not in SERIES:
        raise Http404(f"there is no chart {part!r}")
    report = find_report(request, pk)

    def make() -> HttpResponseBase:
        try:
            return JsonResponse(SERIES[part](report.payload, tables_of(report)))
        except TablesError as error:
            return cannot_be_read(error)

    return answer_unless_known(request, f"{report.sha256}-{part}", make)


@require_GET
def job_report_json(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The report as `replay --json` prints it, as a download."""
    report = find_report(request, pk)
    response = JsonResponse(report.payload, json_dumps_params={"indent": 2})
    name = file_name(report.job)
    response["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return response


def _state_context(job: BacktestJob) -> dict[str, Any]:
    if job.is_finished:
        return {"remedy": REMEDIES.get(job.error_code, ANY_REMEDY)}
    return {"has_worker": WorkerHeartbeat.objects.alive().exists()}


def _report_context(request: HttpRequest, job: BacktestJob, stored: JobReport) -> dict[str, Any]:
    report = stored.payload
    steps = waterfall(report)
    context = {
        "report": report,
        "stored": stored,
        "headline": headline(job.request, report),
        "pnl_digits": shown_digits(report["realized_pnl_usd"]),
        "digits": shown_digits(
            report["realized_pnl_usd"], report["max_drawdown_usd"], report["fees_paid_usd"]
        ),
        "steps": steps,
        "misses": misses(report),
        "ended": where_it_ended(steps),
        "parameters": parameters(report["config"]),
        # A database may keep the keys of an object in an order of its own.
        "balances": sorted(starting_balances(job.request, report["config"]).items()),
        "ending_balances": sorted(report["ending_balances"].items()),
        "idle": idle_names(
            report["symbols"],
            report["ending_balances"],
            report["config"]["min_order_size_by_pair"],
        ),
        "fees": sorted(report["fee_rates"].items()),
        "command_line": manage_command(*command_words(job.request, report)),
        "needs_file": job.request.get("rules") is not None,
        "other": _other_model(request, job, report),
    }
    try:
        tables = tables_of(stored)
    except TablesError as error:
        return context | {"tables_error": str(error)}
    return context | {
        "by_cycle": pnl_by_cycle(tables),
        "by_hour": pnl_by_hour(tables),
        "per_trade": trade_figures(tables),
        **table_context(request, tables),
    }


def _other_model(
    request: HttpRequest, job: BacktestJob, report: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the newest job of the same request on the same data under the other fill model."""
    model = OTHER_MODEL[report["fill_model"]]
    other = None
    if job.fingerprint:
        other = (
            BacktestJob.objects.visible_to(request.user)
            .filter(
                status=BacktestJob.Status.COMPLETED,
                config_hash__in=_hashes_under(job.request, model),
                fingerprint=job.fingerprint,
                pnl__isnull=False,
            )
            .only("id", "pnl", "trades", "code_version")
            .newest()
            .first()
        )
    if other is None or other.pnl is None:
        return {"model": model, "job": None}
    gap = optimism_gap(report["realized_pnl_usd"], report["fill_model"], other.pnl)
    is_same_code = other.code_version == job.code_version
    return {"model": model, "job": other, "gap": gap, "is_same_code": is_same_code}


def _hashes_under(request: Mapping[str, Any], model: str) -> list[str]:
    """Return the hashes that a request has under a fill model: as written, and written in full."""
    wanted = {**request, "config": {**(request.get("config") or {}), "fill_model": model}}
    hashes = [request_hash(wanted)]
    try:
        hashes.append(request_hash(ReplayRequest.from_json(wanted).as_json()))
    except (ReplayError, ValueError):
        return hashes
    return hashes
