"""The pairings page: what can be traded, under which rules, and what it forms together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget

from config.http import UNPROCESSABLE, render_page, wants_fragment
from pairings.drawing import draw_graph, form_together
from pairings.forms import MinimumsForm, PairingFileForm, PairingFilter, SwitchForm
from pairings.loading import store_rows
from pairings.models import Pairing
from pairings.switching import switch_pairings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpResponse

    from config.http import HtmxHttpRequest

ON_A_PAGE: Final = 50
TRIANGLES_NAMED: Final = 60
PAGE: Final = "pairings/pairings.html"
PANEL: Final = "partials/pairings_panel.html"


@require_safe
def pairings(request: HtmxHttpRequest) -> HttpResponse:
    """Show the pairings that the filter asks for."""
    return render_page(request, PAGE, fragment=PANEL, context=_context(request))


@require_safe
def graph(_request: HtmxHttpRequest) -> HttpResponse:
    """Return the enabled pairings as nodes and links for the chart."""
    return JsonResponse(draw_graph(list(Pairing.objects.enabled())))


@require_POST
@permission_required("pairings.change_pairing", raise_exception=True)
def switch(request: HtmxHttpRequest) -> HttpResponse:
    """Enable or disable pairings, then show the list as it is filtered."""
    form = SwitchForm(request.POST)
    if form.is_valid():
        chosen = form.chosen(PairingFilter(request.GET).matching())
        outcome = switch_pairings(chosen, enable=form.enables())
        messages.success(request, outcome.words())
        if outcome.refused:
            messages.warning(request, outcome.refusal())
    else:
        gone = ["One of the pairings is not there any more; nothing was changed."]
        for error in map(str, form.non_field_errors() or gone):
            messages.error(request, error)
    return _list_again(request)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("pairings.change_pairing", raise_exception=True)
def minimums(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """Put minimums of our own in the place of Kraken's, or take them away."""
    pairing = get_object_or_404(Pairing, pk=pk)
    sent = request.POST if request.method == "POST" else None
    form = MinimumsForm(sent, instance=pairing)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, f"The minimums of {pairing} hold from the next run on.")
        return _list_again(request)
    response = render_page(
        request,
        "pairings/minimums.html",
        fragment="partials/pairing_minimums.html",
        context={
            "pairing": get_object_or_404(Pairing, pk=pk),
            "form": form,
            "query": PairingFilter(request.GET).query(),
        },
        status=UNPROCESSABLE if form.errors else 200,
    )
    # A form that is right replaces the list; one that is not stays where it is.
    return reswap(retarget(response, "#pairing-minimums"), "outerHTML")


@require_POST
@permission_required(["pairings.add_pairing", "pairings.change_pairing"], raise_exception=True)
def load(request: HtmxHttpRequest) -> HttpResponse:
    """Store the pairings of an uploaded file."""
    form = PairingFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return render_page(
            request,
            PAGE,
            fragment="partials/pairings_load.html",
            context={**_context(request), "load_form": form},
            status=UNPROCESSABLE,
        )
    file = form.cleaned_data["file"]
    outcome = store_rows(
        file.rows, enable=form.cleaned_data["enable"], taken_at=file.taken_at or timezone.now()
    )
    messages.success(
        request,
        f"{len(file.rows)} pairings read: {len(outcome.new)} new, {len(outcome.updated)} updated, "
        f"{len(outcome.unchanged)} unchanged, {sum(file.skipped.values())} skipped; "
        f"{Pairing.objects.enabled().count()} are enabled now.",
    )
    return _to_list(request, "")


def _list_again(request: HtmxHttpRequest) -> HttpResponse:
    """Answer a change with the list as it is filtered: in its place for htmx, else by address."""
    if not wants_fragment(request):
        return _to_list(request, PairingFilter(request.GET).query(**_page_named(request)))
    return render_page(request, PAGE, fragment=PANEL, context=_context(request))


def _to_list(request: HtmxHttpRequest, query: str) -> HttpResponse:
    response = redirect("pairings")
    address = f"{response.url}{query}"
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def _context(request: HtmxHttpRequest) -> dict[str, Any]:
    form = PairingFilter(request.GET)
    page = Paginator(form.matching(), ON_A_PAGE).get_page(request.GET.get("page"))
    together = form_together(list(Pairing.objects.enabled()))
    return {
        "filter": form,
        "query": form.query(),
        "query_here": form.query(**_page_named(request)),
        "page": page,
        "previous": page.has_previous() and _page_address(form, page.previous_page_number()),
        "next": page.has_next() and _page_address(form, page.next_page_number()),
        "rows": [(pairing, together.sides.get(pairing.symbol)) for pairing in page],
        "coverage": _coverage_address(page.object_list),
        "together": together,
        "triangles": together.triangles[:TRIANGLES_NAMED],
        "idle": together.idle(),
        "load_form": PairingFileForm(),
    }


def _page_address(form: PairingFilter, number: int) -> str:
    return reverse("pairings") + form.query(page=number)


def _coverage_address(shown: Iterable[Pairing]) -> str:
    """Return where marketdata says what was recorded of these: known to us by its name alone."""
    symbols = urlencode([("symbol", pairing.symbol) for pairing in shown])
    return f"{reverse('pairing_coverage')}?{symbols}"


def _page_named(request: HtmxHttpRequest) -> dict[str, str]:
    number = request.GET.get("page", "")
    return {"page": number} if number.isdecimal() and number != "1" else {}
