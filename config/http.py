"""Requests that htmx may have sent, and answers that are a page or only a part of it.

Imports nothing of ours, so that every app may use it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.http import HttpRequest
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse
    from django_htmx.middleware import HtmxDetails


UNPROCESSABLE: Final = 422  # the status of a form that comes back with its errors
# So many surely fit the whole numbers of a database, and Python reads no more than 4,300.
_MOST_DIGITS: Final = 18


class HtmxHttpRequest(HttpRequest):
    """A request as HtmxMiddleware leaves it."""

    htmx: HtmxDetails


def wants_fragment(request: HtmxHttpRequest) -> bool:
    """Tell whether htmx will swap the answer into a page that stands.

    A history restore asks as htmx too, but has no page left to swap into.
    """
    return bool(request.htmx) and not request.htmx.history_restore_request


def whole_number(text: str | None) -> int | None:
    """Return a number from 0 up that stands in an address; None for anything else."""
    if not text or len(text) > _MOST_DIGITS or not (text.isascii() and text.isdecimal()):
        return None
    return int(text)


def render_page(
    request: HtmxHttpRequest,
    page: str,
    *,
    fragment: str,
    context: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Return the fragment to htmx and the page to everybody else, from one context.

    `page` and `fragment` are names of templates; the page includes the fragment's.
    """
    template = fragment if wants_fragment(request) else page
    response = render(request, template, dict(context or {}), status=status)
    patch_vary_headers(response, ["HX-Request", "HX-History-Restore-Request"])
    return response
