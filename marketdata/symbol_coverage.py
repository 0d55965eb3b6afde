"""How much was recorded of a symbol over all recordings, from what imports have counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Max, Min, Q, Sum

from marketdata.models import RecordingCoverage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolCoverage:
    """What the ready recordings hold of one symbol; `synthetic` are those events made up."""

    symbol: str
    recordings: int
    events: int
    synthetic: int
    first_at: datetime
    last_at: datetime


def coverage_by_symbol(symbols: Sequence[str] | None = None) -> list[SymbolCoverage]:
    """Return what there is of each symbol, of all if None is named; those without are left out."""
    rows = RecordingCoverage.objects.ready()
    if symbols is not None:
        rows = rows.filter(pairing_symbol__in=symbols)
    summed = (
        rows.order_by("pairing_symbol")
        .values("pairing_symbol")
        .annotate(
            recordings=Count("id"),
            all_events=Sum("events"),
            made_up=Sum("events", filter=Q(recording__synthetic=True), default=0),
            first=Min("first_at"),
            last=Max("last_at"),
        )
    )
    return [
        SymbolCoverage(
            symbol=row["pairing_symbol"],
            recordings=row["recordings"],
            events=row["all_events"],
            synthetic=row["made_up"],
            first_at=row["first"],
            last_at=row["last"],
        )
        for row in summed
    ]
