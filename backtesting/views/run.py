"""The answers to the run form: what it would replay, and a job once it is sent."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from backtesting.forms import BacktestRunForm
from backtesting.inputs import Foresight, foresee
from backtesting.jobs import BacktestJobRepository, JobError
from backtesting.models import BacktestJob
from backtesting.views.desk import (
    PAGE,
    PANEL,
    form_context,
    fresh_form_context,
    live_context,
    ready_recordings,
)
from config.http import UNPROCESSABLE, HtmxHttpRequest, render_page, wants_fragment
from marketdata.selectors import SelectionError

if TYPE_CHECKING:
    from django.http import HttpResponse

OFFER: Final = "partials/run_offer.html"
REPLAY: Final = "replay"
_NAMED: Final = 3


@require_GET
def offer(request: HtmxHttpRequest) -> HttpResponse:
    """Say what the form would replay, and whether its result is there already."""
    recordings = ready_recordings()
    form = BacktestRunForm(request.GET or None, recordings=[row.name for row in recordings])
    foreseen, problem = _foresee(request, form) if form.is_valid() else (None, "")
    problem = problem or no_fee_known(foreseen)
    context = form_context(form, recordings) | {"foreseen": foreseen, "problem": problem}
    if not wants_fragment(request):
        context |= live_context(request.user)
    return render_page(request, PAGE, fragment=OFFER, context=context)


@require_POST
def run(request: HtmxHttpRequest) -> HttpResponse:
    """Queue the backtest of the form; one with errors comes back as it was typed.

    So does one whose result is stored already, with an offer of that; `force` runs it all the same.
    """
    recordings = ready_recordings()
    form = BacktestRunForm(request.POST, recordings=[row.name for row in recordings])
    foreseen, problem = _foresee(request, form) if form.is_valid() else (None, "")
    if problem:
        form.add_error("recordings", problem)
    elif no_fee := no_fee_known(foreseen):
        form.add_error("fee", no_fee)
    is_known = bool(foreseen and foreseen.job and not request.POST.get("force"))
    job = None if is_known or not form.is_valid() else _submit(request, form)
    if job and not wants_fragment(request):
        return redirect("job", job.pk)
    if job:
        context = fresh_form_context() | form_context(form, recordings) | {"submitted": job}
    else:
        context = form_context(form, recordings) | {"foreseen": foreseen}
    status = UNPROCESSABLE if form.errors else 200
    context |= live_context(request.user)
    return render_page(request, PAGE, fragment=PANEL, context=context, status=status)


def _foresee(request: HtmxHttpRequest, form: BacktestRunForm) -> tuple[Foresight | None, str]:
    """Return what a valid form would replay, or why it would replay nothing."""
    visible = BacktestJob.objects.visible_to(request.user)
    try:
        foreseen = foresee(form.request(), visible)
    except SelectionError as error:
        return None, str(error)
    if foreseen.recordings:
        return foreseen, ""
    return None, _nothing_found(form.cleaned_data)


def no_fee_known(foreseen: Foresight | None) -> str:
    """Return why the run would be refused for want of a fee; empty where it would not."""
    if foreseen is None or not foreseen.without_fee:
        return ""
    named = ", ".join(foreseen.without_fee[:_NAMED])
    more = len(foreseen.without_fee) - _NAMED
    return (
        f"No fee is known for {named}{f' and {more} more' if more > 0 else ''}: choose a flat rate "
        "or no fees, leave them out by naming symbols, load Kraken's pairings, or enter the "
        "account's fees."
    )


def _nothing_found(asked: dict[str, Any]) -> str:
    if not ready_recordings():
        return "Nothing is recorded yet; import a recording first."
    where = "the chosen recordings" if asked["recordings"] else "what is not synthetic"
    time = " in this time range" if asked["start"] or asked["end"] else ""
    symbols = "these symbols" if asked["symbols"] else "the enabled pairings"
    return f"There is nothing of {symbols}{time} in {where}; choose another recording or time."


def _submit(request: HtmxHttpRequest, form: BacktestRunForm) -> BacktestJob | None:
    """Queue the job of a valid form; where it cannot be, the form says why."""
    try:
        return BacktestJobRepository().submit(
            REPLAY,
            request.user,
            form.request().as_json(),
            submission_id(request.POST.get("submission_id", "")),
            name=form.cleaned_data["name"],
        )
    except JobError as error:
        form.add_error(None, str(error))
        return None


def submission_id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
