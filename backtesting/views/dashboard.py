"""The pages of the desk: run form, status card and recent jobs, and the history behind them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET

from backtesting.models import BacktestJob
from backtesting.templatetags.job_pages import copy_page, is_sweep
from backtesting.views.desk import LIVE, PAGE, PANEL, RECENT, live_context, panel_context
from backtesting.views.polling import answer_poll
from config.http import HtmxHttpRequest, render_page, wants_fragment, whole_number

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.http.response import HttpResponseBase


@require_GET
def backtesting(request: HtmxHttpRequest) -> HttpResponse:
    """The shell page, with its panel for who has no JavaScript; `?copy=5` fills the form."""
    copied = _copied(request)
    if copied and is_sweep(copied):
        return redirect(copy_page(copied))
    context = panel_context(request.user, copied)
    return render_page(request, PAGE, fragment=PANEL, context=context)


@require_GET
def panel(request: HtmxHttpRequest) -> HttpResponse:
    return render_page(request, PAGE, fragment=PANEL, context=panel_context(request.user))


@require_GET
def live(request: HtmxHttpRequest) -> HttpResponseBase:
    """What moves while a job runs: status card and recent jobs; asked for every two seconds."""
    if not wants_fragment(request):
        return redirect("backtesting")
    return answer_poll(request, PAGE, fragment=LIVE, context=live_context(request.user))


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


def _copied(request: HtmxHttpRequest) -> BacktestJob | None:
    """Return the job that a new run is to be like; another user's is not there (404)."""
    asked = request.GET.get("copy", "")
    if not asked:
        return None
    visible = BacktestJob.objects.visible_to(request.user)
    return get_object_or_404(visible, pk=whole_number(asked))


def _key_of(job: BacktestJob) -> str:
    return f"{job.created_at.isoformat()}_{job.pk}"


def _page_key(text: str) -> tuple[datetime, int] | None:
    """Return the key of the page before; None for the first page, or for what is no key."""
    time, _, pk = text.partition("_")
    try:
        created = datetime.fromisoformat(time)
        return (created.astimezone(UTC), int(pk)) if created.tzinfo else None
    except (ValueError, OverflowError):  # the latter: outside of the calendar in UTC
        return None
