"""What can be done with a job: cancel, run again, name, delete. Each is a POST of its own."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from backtesting.engine.config import FILL_MODELS
from backtesting.forms import NamingForm
from backtesting.jobs import BacktestJobRepository, CancelAnswer, JobError
from backtesting.models import BacktestJob
from backtesting.views.desk import LIVE, PAGE, live_context
from config.http import UNPROCESSABLE, HtmxHttpRequest, render_page, wants_fragment

if TYPE_CHECKING:
    from django.http import HttpRequest

MANAGE: Final = "backtesting/job_manage.html"
MANAGE_PART: Final = "partials/job_manage.html"
_CANCEL_WORDS = {
    CancelAnswer.CANCELLED: "Cancelled.",
    CancelAnswer.REQUESTED: "Cancelling: the worker stops within seconds.",
    CancelAnswer.TOO_LATE: "Too late: it had ended already.",
}


@require_POST
def cancel(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    job = _own_job(request, pk)
    answer = BacktestJobRepository().cancel(job.pk)
    return _answer(request, job, _CANCEL_WORDS[answer])


@require_POST
def rerun(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """Queue the job's request again; with `fill_model`, under that model."""
    job = _own_job(request, pk)
    wanted = dict(job.request)
    model = request.POST.get("fill_model")
    if model in FILL_MODELS:
        wanted["config"] = {**wanted.get("config", {}), "fill_model": model}
    try:
        again = BacktestJobRepository().submit(
            job.kind, request.user, wanted, uuid.uuid4(), name=job.name, parent=job
        )
    except JobError as error:
        return _answer(request, job, str(error))
    if wants_fragment(request):
        return _answer(request, again, f"Queued as job {again.pk}.")
    return redirect("job", again.pk)


@require_GET
def manage(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """The form with all that can be done with a job; it leads back to the page it was opened on."""
    job = _own_job(request, pk)
    came_from = request.htmx.current_url_abs_path if request.htmx else None
    return render_page(
        request,
        MANAGE,
        fragment=MANAGE_PART,
        context={
            "job": job,
            "naming": NamingForm(initial={"name": job.name, "notes": job.notes}),
            "return_to": came_from or "",
        },
    )


@require_POST
def rename(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """Give a job its name and notes; what does not fit comes back as it was typed."""
    job = _own_job(request, pk)
    naming = NamingForm(request.POST)
    if not naming.is_valid():
        context = {"job": job, "naming": naming, "return_to": _back(request, "")}
        return render_page(
            request, MANAGE, fragment=MANAGE_PART, context=context, status=UNPROCESSABLE
        )
    jobs = BacktestJobRepository()
    if "name" in request.POST:
        jobs.rename(job.pk, naming.cleaned_data["name"])
    if "notes" in request.POST:
        jobs.annotate(job.pk, naming.cleaned_data["notes"])
    messages.success(request, "Saved.")
    return _go_to(request, _back(request, reverse("job", args=[job.pk])))


@require_POST
def delete(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    job = _own_job(request, pk)
    try:
        BacktestJobRepository().delete(job.pk)
    except JobError as error:
        messages.error(request, str(error))
        return _go_to(request, reverse("job", args=[job.pk]))
    messages.success(request, f"Job {pk} was deleted with its report.")
    return _go_to(request, reverse("backtesting"))


def _own_job(request: HttpRequest, pk: int) -> BacktestJob:
    """Return a job that the user may see; another's is not there for them."""
    return get_object_or_404(BacktestJob.objects.visible_to(request.user), pk=pk)


def _answer(request: HtmxHttpRequest, job: BacktestJob, words: str) -> HttpResponse:
    """Return the live part to htmx, and lead everybody else back to where they were."""
    if wants_fragment(request):
        context = live_context(request.user) | {"notice": words}
        return render_page(request, PAGE, fragment=LIVE, context=context)
    messages.info(request, words)
    return redirect(_back(request, reverse("job", args=[job.pk])))


def _back(request: HttpRequest, fallback: str) -> str:
    wanted = request.POST.get("next", "")
    # A path alone: a bare word would be taken for the name of a view.
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, None)
    return wanted if is_ours else fallback


def _go_to(request: HtmxHttpRequest, address: str) -> HttpResponse:
    if wants_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)
