"""What was recorded, for pages of other apps to fetch and for people to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.views.decorators.http import require_safe

from config.http import render_page
from marketdata.symbol_coverage import coverage_by_symbol

if TYPE_CHECKING:
    from django.http import HttpResponse

    from config.http import HtmxHttpRequest

MOST_SYMBOLS: Final = 200


@require_safe
def pairing_coverage(request: HtmxHttpRequest) -> HttpResponse:
    """Show how much was recorded of the symbols asked for, or of all."""
    symbols = request.GET.getlist("symbol")[:MOST_SYMBOLS]
    found = coverage_by_symbol(symbols or None)
    return render_page(
        request,
        "marketdata/pairing_coverage.html",
        fragment="partials/pairing_coverage.html",
        context={
            "found": found,
            "asked": len(symbols),
            "missing": sorted(set(symbols) - {row.symbol for row in found}),
        },
    )
