"""Two to five completed jobs side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.http import Http404, JsonResponse
from django.views.decorators.http import require_GET

from backtesting.analysis.comparison import (
    FEWEST,
    MOST,
    data_rows,
    figure_rows,
    parameter_rows,
    warnings,
)
from backtesting.analysis.headline import shown_digits
from backtesting.analysis.series import equity_series
from backtesting.engine.tables import TablesError
from backtesting.models import BacktestJob
from backtesting.views.stored import answer_unless_known, cannot_be_read, report_of, tables_of
from config.http import UNPROCESSABLE, HtmxHttpRequest, render_page, whole_number

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from backtesting.models import JobReport

PAGE: Final = "backtesting/compare.html"
TABLES: Final = "partials/compare_tables.html"


@require_GET
def compare(request: HtmxHttpRequest) -> HttpResponse:
    """Figures, parameters and equity of the jobs named by `?job=1&job=2`."""
    jobs = _jobs(request)
    if problem := _problem(jobs):
        context: dict[str, Any] = {"problem": problem}
        return render_page(request, PAGE, fragment=TABLES, context=context, status=UNPROCESSABLE)
    return render_page(request, PAGE, fragment=TABLES, context=_context(jobs))


@require_GET
def compare_series(request: HttpRequest) -> HttpResponseBase:
    """The equity curves of the jobs, as JSON."""
    jobs = _jobs(request)
    if problem := _problem(jobs):
        return JsonResponse({"error": problem}, status=UNPROCESSABLE)
    reports = [(job, report) for job in jobs if (report := report_of(job))]

    def make() -> HttpResponseBase:
        try:
            curves = [_curve(job, report) for job, report in reports]
        except TablesError as error:
            return cannot_be_read(error)
        return JsonResponse({"curves": curves})

    return answer_unless_known(request, "-".join(report.sha256 for _, report in reports), make)


def _jobs(request: HttpRequest) -> list[BacktestJob]:
    """Return the jobs asked for, each once, in that order; 404 where one is not the user's."""
    wanted = list(dict.fromkeys(filter(None, map(whole_number, request.GET.getlist("job")))))
    if len(wanted) > MOST:
        wanted = wanted[: MOST + 1]
    visible = BacktestJob.objects.visible_to(request.user).select_related("report")
    found = {job.pk: job for job in visible.defer("report__tables").filter(pk__in=wanted)}
    if missing := [pk for pk in wanted if pk not in found]:
        raise Http404(f"there is no job {missing[0]}")
    return [found[pk] for pk in wanted]


def _problem(jobs: list[BacktestJob]) -> str:
    """Return why the jobs cannot be compared, empty where they can."""
    if not FEWEST <= len(jobs) <= MOST:
        return f"Choose {FEWEST} to {MOST} completed backtests to compare; these are {len(jobs)}."
    without = [str(job) for job in jobs if report_of(job) is None]
    return f"{without[0]} has no report to compare; choose completed ones." if without else ""


def _context(jobs: list[BacktestJob]) -> dict[str, Any]:
    reports = [report.payload for job in jobs if (report := report_of(job))]
    amounts = [abs(report["realized_pnl_usd"]) for report in reports]
    return {
        "jobs": jobs,
        "assets": sorted({report["config"]["quote_asset"] for report in reports}),
        "digits": shown_digits(*amounts),
        "figures": figure_rows(reports),
        "parameters": parameter_rows([job.request for job in jobs], reports),
        "data": data_rows(reports),
        "warnings": warnings(reports),
        "synthetic": [str(job) for job in jobs if job.synthetic],
        "limits": sorted({one["fill_model"]: one["model_limits"] for one in reports}.items()),
        "query": "&".join(f"job={job.pk}" for job in jobs),
        "without": _without(jobs),
    }


def _without(jobs: list[BacktestJob]) -> list[tuple[BacktestJob, str]]:
    """Return each job with the query that compares the others, empty where two are left."""
    can_drop = len(jobs) > FEWEST
    return [
        (job, "&".join(f"job={other.pk}" for other in jobs if other != job) if can_drop else "")
        for job in jobs
    ]


def _curve(job: BacktestJob, report: JobReport) -> dict[str, Any]:
    series = equity_series(report.payload, tables_of(report))
    return {
        "name": f"{job} (#{job.pk}, {report.payload['fill_model']})",
        "asset": series["asset"],
        "time_ms": series["time_ms"],
        "equity": series["equity"],
    }
