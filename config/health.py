"""/healthz: what a machine asks to learn whether we are well.

Apps add checks of their own with `register_check` when they start; this file knows none of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest, HttpResponse

UNAVAILABLE: Final = 503


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """One check's answer; `details` are plain values that only staff get to see."""

    ok: bool
    details: Mapping[str, str | float | int | None] = field(default_factory=dict)


_checks: dict[str, Callable[[], Health]] = {}


def register_check(name: str, check: Callable[[], Health]) -> None:
    """Add a check by its name in the answer; it may read the database, and must be quick."""
    _checks[name] = check


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 or 503; what is wrong in detail is for staff alone."""
    found = _examine()
    ok = all(health.ok for health in found.values())
    answer: dict[str, object] = {"ok": ok}
    # Who asks is in the database too, so nobody is asked while that is down.
    if found["database"].ok and request.user.is_staff:
        answer["checks"] = {
            name: {"ok": health.ok, **health.details} for name, health in found.items()
        }
    return JsonResponse(answer, status=200 if ok else UNAVAILABLE)


def _examine() -> dict[str, Health]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        found = {"database": Health(ok=True, details={"vendor": connection.vendor})}
        return found | {name: check() for name, check in _checks.items()}
    except DatabaseError:
        return {"database": Health(ok=False)}
