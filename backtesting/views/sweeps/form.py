"""The sweep form: what it would search, and a job once it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from backtesting.engine.config import ConfigError
from backtesting.engine.report import ReplayError
from backtesting.forms import SweepForm
from backtesting.forms.filling import balances_text
from backtesting.forms.sweep_filling import filled_from_sweep
from backtesting.jobs import BacktestJobRepository, JobError
from backtesting.models import BacktestJob
from backtesting.search.grid import SweepError
from backtesting.sweeps.requests import SweepRequest
from backtesting.views.desk import form_context, live_context, ready_recordings
from backtesting.views.run import submission_id
from backtesting.views.sweeps.foresight import count_context
from config.http import UNPROCESSABLE, HtmxHttpRequest, render_page, wants_fragment, whole_number
from marketdata.selectors import account_balances

if TYPE_CHECKING:
    from marketdata.models import Recording

PAGE: Final = "backtesting/sweep_form.html"
FORM: Final = "partials/sweep_form.html"
COUNT: Final = "partials/sweep_count.html"


@require_GET
def sweep_form(request: HtmxHttpRequest) -> HttpResponse:
    """The form with a grid to start from; `?copy=5` fills it from another sweep."""
    recordings = ready_recordings()
    copied = _copied(request)
    initial, warnings = _filled_from(copied) if copied else (_start_from(recordings), [])
    form = _form(request, recordings, initial=initial)
    context = _context(request, form, recordings) | {"copied": copied, "form_warnings": warnings}
    return render_page(request, PAGE, fragment=FORM, context=context)


@require_GET
def sweep_count(request: HtmxHttpRequest) -> HttpResponse:
    """Say how many sets the form has, of what, and about how long they would take."""
    recordings = ready_recordings()
    form = _form(request, recordings, data=request.GET or None)
    context = count_context(request.user, form)
    if not wants_fragment(request):
        context |= _context(request, form, recordings)
    return render_page(request, PAGE, fragment=COUNT, context=context)


@require_POST
def sweep_run(request: HtmxHttpRequest) -> HttpResponse:
    """Queue the sweep of the form; one with errors comes back as it was typed."""
    recordings = ready_recordings()
    form = _form(request, recordings, data=request.POST)
    counted = count_context(request.user, form)
    if problem := counted["problem"]:
        form.add_error("recordings", problem)
    job = None if form.errors else _submit(request, form)
    if job is None:
        context = _context(request, form, recordings) | counted
        return render_page(request, PAGE, fragment=FORM, context=context, status=UNPROCESSABLE)
    if wants_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("sweep", args=[job.pk])})
    return redirect("sweep", job.pk)


def most_sets(request: HtmxHttpRequest) -> int:
    """Return how many sets the user may sweep at once."""
    is_staff = getattr(request.user, "is_staff", False)
    limit: int = settings.SWEEP_MAX_SETS_STAFF if is_staff else settings.SWEEP_MAX_SETS
    return limit


def _form(request: HtmxHttpRequest, recordings: list[Recording], **options: Any) -> SweepForm:
    names = [row.name for row in recordings]
    return SweepForm(recordings=names, most_sets=most_sets(request), **options)


def _context(
    request: HtmxHttpRequest, form: SweepForm, recordings: list[Recording]
) -> dict[str, Any]:
    return live_context(request.user) | form_context(form, recordings)


def _start_from(recordings: list[Recording]) -> dict[str, Any]:
    """Return what a fresh form shows beside its defaults: the account, and what is recorded."""
    initial: dict[str, Any] = {}
    if account := account_balances():
        initial["balances"] = balances_text(account.by_asset)
    # With nothing real recorded, a form of defaults would find nothing to search.
    if recordings and all(row.synthetic for row in recordings):
        initial["recordings"] = [recordings[0].name]
    return initial


def _copied(request: HtmxHttpRequest) -> BacktestJob | None:
    """Return the sweep that a new one is to be like; another user's is not there (404)."""
    asked = request.GET.get("copy", "")
    if not asked:
        return None
    visible = BacktestJob.objects.visible_to(request.user).filter(kind="sweep")
    return get_object_or_404(visible, pk=whole_number(asked))


def _filled_from(job: BacktestJob) -> tuple[dict[str, Any], list[str]]:
    try:
        wanted = SweepRequest.from_json(job.request)
    except (SweepError, ReplayError, ConfigError) as error:
        return {}, [f"{job} cannot be copied: {error}"]
    initial, warnings = filled_from_sweep(wanted, job.name)
    if wanted.replay.file is not None:
        warnings.append(f"{job} read the file {wanted.replay.file}; choose a recording instead.")
    if wanted.replay.rules is not None:
        warnings.append(f"{job} was given rules of its own; a new one takes the stored pairings.")
    return initial, warnings


def _submit(request: HtmxHttpRequest, form: SweepForm) -> BacktestJob | None:
    """Queue the job of a valid form; where it cannot be, the form says why."""
    try:
        return BacktestJobRepository().submit(
            "sweep",
            request.user,
            form.sweep_request().as_json(),
            submission_id(request.POST.get("submission_id", "")),
            name=form.cleaned_data["name"],
        )
    except JobError as error:
        form.add_error(None, str(error))
        return None
