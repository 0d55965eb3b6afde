"""Recordings, their books and the account in the admin.

Books are to be looked at, never changed; a recording can only be taken away as a whole. Nothing
here counts the table of books: what is counted was counted at the import.
"""

from __future__ import annotations

from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Sum
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join

from config.http import whole_number
from marketdata.models import AccountSnapshot, MarketSnapshot, Recording, RecordingCoverage
from marketdata.staging import remove_recording

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    RecordingModelAdmin = admin.ModelAdmin[Recording]
    MarketSnapshotModelAdmin = admin.ModelAdmin[MarketSnapshot]
    AccountSnapshotModelAdmin = admin.ModelAdmin[AccountSnapshot]
    CoverageInlineAdmin = admin.TabularInline[RecordingCoverage, Recording]
    SnapshotPaginator = Paginator[MarketSnapshot]
else:  # these take no type parameter at run time
    RecordingModelAdmin = admin.ModelAdmin
    MarketSnapshotModelAdmin = admin.ModelAdmin
    AccountSnapshotModelAdmin = admin.ModelAdmin
    CoverageInlineAdmin = admin.TabularInline
    SnapshotPaginator = Paginator

# A page further back costs a walk over all rows before it; search and filter lead there sooner.
_PAGED_ROWS = 10_000


class CoverageInline(CoverageInlineAdmin):
    model = RecordingCoverage
    can_delete = False
    extra = 0
    fields = readonly_fields = ("pairing_symbol", "events", "levels", "first_at", "last_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Recording)
class RecordingAdmin(RecordingModelAdmin):
    list_display = ("name", "state", "synthetic", "stored", "rejected", "first_at", "last_at")
    list_filter = ("state", "synthetic", "format")
    search_fields = ("name", "source", "coverage__pairing_symbol")
    inlines = (CoverageInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Recording | None = None) -> bool:
        return False

    def get_deleted_objects(
        self, objs: Sequence[Recording] | QuerySet[Recording], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Name what goes; Django's own way would load every book for it."""
        allowed = self.has_delete_permission(request)
        return (
            [f"Recording {recording} with its {recording.stored:,} books" for recording in objs],
            {"recordings": len(objs), "books": sum(recording.stored for recording in objs)},
            set() if allowed else {"recording"},
            [],
        )

    def delete_model(self, request: HttpRequest, obj: Recording) -> None:
        """Remove it once the page's own transaction is over, in short ones of its own."""
        Recording.objects.filter(pk=obj.pk).update(state=Recording.State.FAILED)
        transaction.on_commit(partial(remove_recording, Recording.objects.get(pk=obj.pk)))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Recording]) -> None:
        for recording in queryset:
            self.delete_model(request, recording)


class StoredCountPaginator(SnapshotPaginator):
    """Pages over books, counted by what their recordings were counted to hold at the import."""

    # Set by the admin for each request: the coverage of what is listed.
    coverage: QuerySet[RecordingCoverage] | None = None

    @cached_property
    def count(self) -> int:
        coverage = RecordingCoverage.objects.all() if self.coverage is None else self.coverage
        return min(_events_of(coverage), _PAGED_ROWS)


class RecordingFilter(admin.SimpleListFilter):
    """Choose by recording; Django's own filter would look through all books for what to offer."""

    title = "recording"
    parameter_name = "recording"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        ready = Recording.objects.ready().values_list("pk", "name")
        return [(str(pk), name) for pk, name in ready]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[MarketSnapshot]
    ) -> QuerySet[MarketSnapshot]:
        chosen = _chosen_recording(request)
        return queryset if chosen is None else queryset.filter(recording_id=chosen)


@admin.register(MarketSnapshot)
class MarketSnapshotAdmin(MarketSnapshotModelAdmin):
    list_display = ("id", "pairing_symbol", "occurred", "best_bid", "best_ask", "recording")
    list_filter = (RecordingFilter,)
    list_select_related = ("recording",)
    search_fields = ("pairing_symbol",)
    search_help_text = "a symbol, such as BTC/USD"
    show_full_result_count = False
    fields = readonly_fields = (
        "recording",
        "pairing_symbol",
        "occurred",
        "best_bid",
        "best_ask",
        "ladder",
    )
    actions = None

    @admin.display(description="occurred at", ordering="occurred_at")
    def occurred(self, snapshot: MarketSnapshot) -> str:
        """Show the microseconds too, which tell one book from the next."""
        return f"{snapshot.occurred_at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC"

    @admin.display(description="levels")
    def ladder(self, snapshot: MarketSnapshot) -> str:
        """Show asks above bids, worst ask first, as on a trading screen."""
        bids, asks = snapshot.book()
        base, quote = snapshot.pairing_symbol.split("/", 1)
        rows = [("ask", *level) for level in reversed(asks)] + [("bid", *level) for level in bids]
        return format_html(
            "<table><tr><th></th><th>price, {}</th><th>quantity, {}</th></tr>{}</table>",
            quote,
            base,
            format_html_join(
                "",
                "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
                ((side, repr(price), repr(quantity)) for side, price, quantity in rows),
            ),
        )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Say that not all can be paged through, where Django would show the limit as the count."""
        events = _events_of(_listed_coverage(request))
        more = {}
        if events > _PAGED_ROWS:
            more["subtitle"] = (
                f"{_PAGED_ROWS:,} of {events:,} can be paged through; "
                "choose a recording or search a symbol for others"
            )
        return super().changelist_view(request, more | (extra_context or {}))

    def get_queryset(self, request: HttpRequest) -> QuerySet[MarketSnapshot]:
        ready = Recording.objects.ready().values_list("pk", flat=True)
        listed = super().get_queryset(request).filter(recording_id__in=list(ready))
        # Levels are for the page of one book; a list need not fetch them.
        return listed if "object_id" in _url_names(request) else listed.defer("levels")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Newest first, along the index that serves the page."""
        return ("-occurred_at", "-id") if request.GET.get("q") else ("-id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[MarketSnapshot], search_term: str
    ) -> tuple[QuerySet[MarketSnapshot], bool]:
        """Search a symbol as a whole, which its index can answer."""
        term = search_term.strip()
        if term:
            queryset = queryset.filter(pairing_symbol__in={term, term.upper()})
        return queryset, False

    def get_paginator(
        self,
        request: HttpRequest,
        queryset: QuerySet[MarketSnapshot],
        per_page: int,
        orphans: int = 0,
        allow_empty_first_page: bool = True,  # noqa: FBT001, FBT002 - Django's own signature
    ) -> StoredCountPaginator:
        paginator = StoredCountPaginator(queryset, per_page, orphans, allow_empty_first_page)
        paginator.coverage = _listed_coverage(request)
        return paginator

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: MarketSnapshot | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: MarketSnapshot | None = None
    ) -> bool:
        return False


def _url_names(request: HttpRequest) -> Iterable[str]:
    return request.resolver_match.kwargs if request.resolver_match else ()


def _events_of(coverage: QuerySet[RecordingCoverage]) -> int:
    return int(coverage.aggregate(events=Sum("events"))["events"] or 0)


def _listed_coverage(request: HttpRequest) -> QuerySet[RecordingCoverage]:
    """Return the coverage of what the page's search and filter leave."""
    coverage = RecordingCoverage.objects.ready()
    if term := request.GET.get("q", "").strip():
        coverage = coverage.filter(pairing_symbol__in={term, term.upper()})
    chosen = _chosen_recording(request)
    return coverage if chosen is None else coverage.filter(recording_id=chosen)


def _chosen_recording(request: HttpRequest) -> int | None:
    """Return the recording that the page is filtered by; None without such a filter."""
    return whole_number(request.GET.get("recording"))


@admin.register(AccountSnapshot)
class AccountSnapshotAdmin(AccountSnapshotModelAdmin):
    list_display = ("taken_at", "taker_rate", "maker_rate", "volume_30d_usd")
    search_fields = ("pair_rates",)
    date_hierarchy = "taken_at"
