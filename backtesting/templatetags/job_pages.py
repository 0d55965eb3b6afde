"""Where the page of a job is: each kind of job has its own. `{% load job_pages %}`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django import template
from django.urls import reverse

if TYPE_CHECKING:
    from backtesting.models import BacktestJob

register = template.Library()

SWEEP: Final = "sweep"


@register.filter
def page(job: BacktestJob) -> str:
    """Return the address of a job's page."""
    return reverse("sweep" if job.kind == SWEEP else "job", args=[job.pk])


@register.filter
def copy_page(job: BacktestJob) -> str:
    """Return the address of a form that asks for what a job did."""
    return f"{reverse('sweep_form' if job.kind == SWEEP else 'backtesting')}?copy={job.pk}"


@register.filter
def is_sweep(job: BacktestJob) -> bool:
    """Say whether a job is a sweep."""
    return bool(job.kind == SWEEP)
