"""Answers to a page that asks again and again: nothing new, here it is, or no more of it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from backtesting.views.stored import answer_unless_known
from config.http import HtmxHttpRequest, render_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http.response import HttpResponseBase

    from backtesting.models import BacktestJob

# To htmx: swap this in, and stop asking.
STOP_POLLING: Final = 286
# What a part says of time, such as "5 min ago", may be this old.
_FRESH_S: Final = 10


def answer_poll(
    request: HtmxHttpRequest, page: str, *, fragment: str, context: Mapping[str, Any]
) -> HttpResponseBase:
    """Return the part, 304 where the browser has it, or 286 with it where nothing more will come.

    `context` holds the `jobs` that are shown, and `is_live`: whether any of them is under way.
    """
    status = 200 if context["is_live"] else STOP_POLLING
    return answer_unless_known(
        request,
        _tag_of(context),
        lambda: render_page(request, page, fragment=fragment, context=context, status=status),
    )


def _tag_of(context: Mapping[str, Any]) -> str:
    """Return what is another one as soon as the part would show anything else."""
    seen = [_state_of(job) for job in context["jobs"]]
    rest = {name: value for name, value in context.items() if name not in ("jobs", "job")}
    now = int(timezone.now().timestamp()) // _FRESH_S
    text = repr((seen, sorted(rest.items()), now))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _state_of(job: BacktestJob) -> tuple[object, ...]:
    loaded = {name: value for name, value in vars(job).items() if name != "_state"}
    return (*sorted(loaded.items()), job.is_stalled)
