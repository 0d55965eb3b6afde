"""What every request and every answer passes: whence, how large, who, and under which policy."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, cast

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.contrib.messages import get_messages
from django.db import DataError
from django.http import HttpResponse
from django.utils.deprecation import MiddlewareMixin
from django.views.defaults import bad_request
from django_htmx.http import trigger_client_event

from config.http import UNPROCESSABLE, wants_fragment

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from config.http import HtmxHttpRequest

    Respond = Callable[[HtmxHttpRequest], HttpResponse]

UNAUTHORIZED: Final = 401
TOO_LARGE: Final = 413
_SWAPPED: Final = (200, UNPROCESSABLE)
_FORWARDED: Final = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST")
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Pages hold somebody's figures: no shared cache may keep them, ours asks again.
    "Cache-Control": "private, no-cache",
}


def client_address(request: HttpRequest) -> str:
    """Return who asks, as `trusted_proxies` has left it."""
    return str(request.META.get("REMOTE_ADDR", ""))


def trusted_proxies(get_response: Respond) -> Respond:
    """Believe X-Forwarded headers of the proxies we know, and of nobody else."""

    def middleware(request: HtmxHttpRequest) -> HttpResponse:
        if client_address(request) in settings.TRUSTED_PROXIES:
            hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
            named = [hop.strip() for hop in hops if hop.strip()]
            strangers = [hop for hop in named if hop not in settings.TRUSTED_PROXIES]
            # What stands further left was written by the client itself.
            if strangers and _is_address(strangers[-1]):
                request.META["REMOTE_ADDR"] = strangers[-1]
        else:
            for name in _FORWARDED:
                request.META.pop(name, None)
        return get_response(request)

    return middleware


def _is_address(hop: str) -> bool:
    try:
        ip_address(hop)
    except ValueError:  # such as "unknown"
        return False
    return True


def answer_headers(get_response: Respond) -> Respond:
    """Send the policy with every answer; an answer may state its own caching."""

    def middleware(request: HtmxHttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in HEADERS.items():
            response.setdefault(name, value)
        return response

    return middleware


def bounded_bodies(get_response: Respond) -> Respond:
    """Refuse a body over MAX_BODY_BYTES by its length, before anything reads it."""

    def middleware(request: HtmxHttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > settings.MAX_BODY_BYTES:
            limit = settings.MAX_BODY_BYTES // 1024**2
            return HttpResponse(
                f"What was sent holds more than {limit} MiB; send less.\n",
                status=TOO_LARGE,
                content_type="text/plain; charset=utf-8",
            )
        return get_response(request)

    return middleware


class NoNulBytes(MiddlewareMixin):
    """Refuse text that PostgreSQL cannot hold: no page of ours sends a NUL byte."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, DataError) and "NUL" in str(error):
            return bad_request(request, error)
        return None


class LoginRequired(LoginRequiredMiddleware):
    """Django's, but htmx is told to go to the login page instead of swapping it into a table."""

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[object, ...],
        view_kwargs: dict[str, object],
    ) -> HttpResponseBase | None:
        # Asked first: an open page must not need the session, which may be out of reach.
        if not getattr(view_func, "login_required", True):
            return None
        response = super().process_view(request, view_func, view_args, view_kwargs)
        details = cast("HtmxHttpRequest", request).htmx
        if response is None or not details:
            return response
        # Back to the page that stands, not to the part of it that was asked for.
        login = redirect_to_login(
            details.current_url_abs_path or "/", self.get_login_url(view_func)
        )
        return HttpResponse(status=UNAUTHORIZED, headers={"HX-Redirect": login.url})


def fragment_messages(get_response: Respond) -> Respond:
    """Send the messages of a fragment in a header, where a script of ours shows them."""

    def middleware(request: HtmxHttpRequest) -> HttpResponse:
        response = get_response(request)
        is_swapped = response.status_code in _SWAPPED and not response.has_header("HX-Redirect")
        if wants_fragment(request) and is_swapped:
            said = [{"level": one.level_tag, "text": str(one)} for one in get_messages(request)]
            if said:
                trigger_client_event(response, "messages", {"messages": said})
        return response

    return middleware
