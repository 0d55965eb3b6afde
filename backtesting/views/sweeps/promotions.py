"""Promoting a set, withdrawing a promotion, and the list of what is promoted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from backtesting.analysis.parameters import parameters
from backtesting.sweeps.promotions import (
    PromotionError,
    may_promote,
    promote,
    promotions_for,
    withdraw,
)
from backtesting.views.sweeps.one_set import BODY as SET_BODY
from backtesting.views.sweeps.one_set import PAGE as SET_PAGE
from backtesting.views.sweeps.one_set import set_context
from backtesting.views.sweeps.stored import check_index, find_digest
from config.http import UNPROCESSABLE, HtmxHttpRequest, render_page, wants_fragment

if TYPE_CHECKING:
    from django.http import HttpRequest

PAGE: Final = "backtesting/promotions.html"
TABLE: Final = "partials/promotion_table.html"
_MOST: Final = 200


@require_GET
def promotions(request: HtmxHttpRequest) -> HttpResponse:
    """The promoted sets, newest first; `?withdrawn=1` shows the withdrawn ones as well."""
    found = promotions_for(request.user)
    with_withdrawn = bool(request.GET.get("withdrawn"))
    if not with_withdrawn:
        found = found.filter(withdrawn_at=None)
    context = {
        "promotions": [(row, parameters(row.config)) for row in found[:_MOST]],
        "with_withdrawn": with_withdrawn,
        "may_promote": may_promote(request.user),
        "most": _MOST,
    }
    return render_page(request, PAGE, fragment=TABLE, context=context)


@require_POST
def sweep_promote(request: HtmxHttpRequest, pk: int, index: int) -> HttpResponse:
    """Promote a set; where that is refused the page says why, with the note as it was typed."""
    job, digest = find_digest(request, pk)
    _check_permission(request)
    result = digest.artifacts.result(check_index(digest, index))
    typed = {
        "note": request.POST.get("note", ""),
        "is_confirmed": bool(request.POST.get("confirm")),
    }
    try:
        # Who may promote is logged in.
        promote(job, digest.artifacts, result, request.user, **typed)  # type: ignore[arg-type]
    except PromotionError as error:
        context = set_context(request, job, digest, index) | {"problem": str(error), **typed}
        return render_page(
            request, SET_PAGE, fragment=SET_BODY, context=context, status=UNPROCESSABLE
        )
    messages.success(request, f"Set {index} of {job} is promoted.")
    return _go_to(request, reverse("sweep_set", args=[pk, index]))


@require_POST
def promotion_withdraw(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """Withdraw a promotion; it stays in the list of the withdrawn."""
    promotion = get_object_or_404(promotions_for(request.user), pk=pk)
    _check_permission(request)
    # Who may promote is logged in.
    if withdraw(promotion.pk, request.user):  # type: ignore[arg-type]
        messages.success(request, f"The promotion of {promotion} is withdrawn.")
    else:
        messages.info(request, f"The promotion of {promotion} had been withdrawn already.")
    return _go_to(request, reverse("promotions"))


def _check_permission(request: HttpRequest) -> None:
    if not may_promote(request.user):
        raise PermissionDenied


def _go_to(request: HtmxHttpRequest, address: str) -> HttpResponse:
    if wants_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)
