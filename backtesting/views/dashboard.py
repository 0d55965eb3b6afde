"""The trader's desk: run form, status card, recent jobs, and the history behind them."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from backtesting.forms import BacktestRunForm
from backtesting.jobs import BacktestJobRepository, JobError
from backtesting.models import BacktestJob, WorkerHeartbeat
from backtesting.views.polling import answer_poll
from config.http import HtmxHttpRequest, render_page, wants_fragment
from marketdata.models import Recording

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.http.response import HttpResponseBase

RECENT = 20
PAGE = "backtesting/backtesting.html"
PANEL = "partials/backtesting_panel.html"
LIVE = "partials/backtesting_live.html"
REPLAY = "replay"


@require_GET
def backtesting(request: HtmxHttpRequest) -> HttpResponse:
    """The shell page; without JavaScript it carries the panel itself."""
    return render_page(request, PAGE, fragment=PANEL, context=panel_context(request))


@require_GET
def panel(request: HtmxHttpRequest) -> HttpResponse:
    return render_page(request, PAGE, fragment=PANEL, context=panel_context(request))


@require_GET
def live(request: HtmxHttpRequest) -> HttpResponseBase:
    """What moves while a job runs: status card and recent jobs; asked for every two seconds."""
    if not wants_fragment(request):
        return redirect("backtesting")
    return answer_poll(request, PAGE, fragment=LIVE, context=live_context(request))


@require_POST
def run(request: HtmxHttpRequest) -> HttpResponse:
    """Queue the backtest of the form; a form with errors comes back as it was typed."""
    form = BacktestRunForm(request.POST, recordings=recording_names())
    status = 422
    job = None
    if form.is_valid():
        try:
            job = BacktestJobRepository().submit(
                REPLAY,
                request.user,
                form.request().as_json(),
                _submission_id(request.POST.get("submission_id", "")),
                name=form.cleaned_data["name"],
            )
        except JobError as error:
            form.add_error(None, str(error))
    if job and not wants_fragment(request):
        return redirect("job", job.pk)
    if job:
        status = 200
    context = panel_context(request, form) | {"submitted": job}
    return render_page(request, PAGE, fragment=PANEL, context=context, status=status)


@require_GET
def history(request: HtmxHttpRequest) -> HttpResponse:
    """All jobs, newest first, filtered by status and name, paged by key."""
    jobs = BacktestJob.objects.visible_to(request.user).defer("request", "notes")
    status, words = request.GET.get("status", ""), request.GET.get("name", "").strip()
    if status in BacktestJob.Status.values:
        jobs = jobs.filter(status=status)
    if words:
        jobs = jobs.filter(name__icontains=words)
    if (last := _page_key(request.GET.get("after", ""))) is not None:
        jobs = jobs.older_than(*last)
    rows = list(jobs.newest()[: RECENT + 1])
    context = {
        "jobs": rows[:RECENT],
        "next_key": _key_of(rows[RECENT - 1]) if len(rows) > RECENT else None,
        "statuses": BacktestJob.Status.choices,
        "status": status,
        "name": words,
        "is_first": "after" not in request.GET,
    }
    return render_page(
        request,
        "backtesting/history.html",
        fragment="partials/job_history.html",
        context=context,
    )


def panel_context(request: HtmxHttpRequest, form: BacktestRunForm | None = None) -> dict[str, Any]:
    """Return what the panel shows; three queries beside those of the login."""
    recordings = list(Recording.objects.ready().order_by("-last_at")[:100])
    return live_context(request) | {
        "form": form or BacktestRunForm(recordings=[row.name for row in recordings]),
        "recordings": recordings,
        "submission_id": uuid.uuid4(),
    }


def live_context(request: HtmxHttpRequest) -> dict[str, Any]:
    """Return the recent jobs and the one that the status card is about."""
    visible = BacktestJob.objects.visible_to(request.user)
    jobs = list(visible.defer("request", "notes").newest()[:RECENT])
    active = [job for job in jobs if not job.is_finished]
    running = [job for job in active if job.status == BacktestJob.Status.RUNNING]
    current = next(iter(running or active[::-1] or jobs), None)
    return {
        "jobs": jobs,
        "job": current,
        "is_live": bool(active),
        "has_worker": WorkerHeartbeat.objects.alive().exists(),
    }


def recording_names() -> list[str]:
    return list(Recording.objects.ready().order_by("-last_at").values_list("name", flat=True))


def _submission_id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _key_of(job: BacktestJob) -> str:
    return f"{job.created_at.isoformat()}_{job.pk}"


def _page_key(text: str) -> tuple[datetime, int] | None:
    """Return the key of the page before; None for the first page, or for what is no key."""
    time, _, pk = text.partition("_")
    try:
        created = datetime.fromisoformat(time)
        return (created, int(pk)) if created.tzinfo else None
    except ValueError:
        return None
