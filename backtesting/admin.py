"""Jobs and reports in the admin: to be looked at and deleted, never changed by hand.

The pages of django-q2 are taken out: they let staff queue any function and open unsigned pickles.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.apps import apps
from django.contrib import admin, messages
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.functions import Length
from django.utils.html import format_html

from backtesting.jobs import BacktestJobRepository, JobError
from backtesting.models import (
    BacktestJob,
    JobReport,
    Promotion,
    SweepChunk,
    TrialEntry,
    WorkerHeartbeat,
)
from config.http import whole_number

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from django.db.models import QuerySet
    from django.http import HttpRequest

    ReadOnly = admin.ModelAdmin[Any]
else:  # this takes no type parameter at run time
    ReadOnly = admin.ModelAdmin

_DONE = Q(result__isnull=False)

for _model in apps.get_app_config("django_q").get_models():
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


class ReadOnlyAdmin(ReadOnly):
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(BacktestJob)
class BacktestJobAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "name",
        "kind",
        "status",
        "owner",
        "created_at",
        "events",
        "trades",
        "pnl",
    )
    list_filter = ("status", "synthetic")
    list_select_related = ("owner",)
    list_per_page = 50
    search_fields = ("name",)
    search_help_text = "a number, or a part of a name"
    actions = ("delete_finished",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[BacktestJob], search_term: str
    ) -> tuple[QuerySet[BacktestJob], bool]:
        """Look a number up by its key; compared as text it would be a walk over all jobs."""
        term = search_term.strip()
        if (number := whole_number(term)) is not None:
            return queryset.filter(pk=number), False
        return super().get_search_results(request, queryset, search_term)

    def has_delete_permission(self, request: HttpRequest, obj: BacktestJob | None = None) -> bool:
        """Allow it for one that does not run; many at once go by the action below."""
        if obj is None or obj.status == BacktestJob.Status.RUNNING:
            return False
        return request.user.has_perm("backtesting.delete_backtestjob")

    def get_deleted_objects(
        self, objs: Sequence[BacktestJob] | QuerySet[BacktestJob], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Name what goes; a report, which nobody deletes by itself, goes with its job."""
        return ([f"{job} with its report" for job in objs], {"jobs": len(objs)}, set(), [])

    def delete_model(self, request: HttpRequest, obj: BacktestJob) -> None:
        try:
            BacktestJobRepository().delete(obj.pk)
        except JobError as error:
            messages.error(request, str(error))

    @admin.action(description="Delete selected jobs that do not run", permissions=["delete_many"])
    def delete_finished(self, request: HttpRequest, queryset: QuerySet[BacktestJob]) -> None:
        jobs, deleted = BacktestJobRepository(), 0
        for pk in list(queryset.values_list("pk", flat=True)):
            try:
                deleted += jobs.delete(pk)
            except JobError as error:
                messages.warning(request, str(error))
        messages.success(request, f"{deleted} jobs were deleted")

    def has_delete_many_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("backtesting.delete_backtestjob")


@admin.register(JobReport)
class JobReportAdmin(ReadOnlyAdmin):
    list_display = ("job", "attempt", "sha256", "created_at")
    list_select_related = ("job",)
    search_fields = ("=job__id", "=sha256", "job__name")
    fields = readonly_fields = ("job", "attempt", "sha256", "created_at", "table_bytes", "figures")

    def get_queryset(self, request: HttpRequest) -> QuerySet[JobReport]:
        found: QuerySet[JobReport] = super().get_queryset(request)
        listed = request.resolver_match and not request.resolver_match.kwargs
        found = found.annotate(size=Length("tables")) if not listed else found.defer("payload")
        return found.defer(*(("payload", "tables") if listed else ("tables",)))

    @admin.display(description="payload")
    def figures(self, report: JobReport) -> str:
        return format_html("<pre>{}</pre>", json.dumps(report.payload, indent=2))

    @admin.display(description="size of its tables, bytes")
    def table_bytes(self, report: JobReport) -> int:
        size: int = getattr(report, "size", 0)
        return size


@admin.register(WorkerHeartbeat)
class WorkerHeartbeatAdmin(ReadOnlyAdmin):
    list_display = ("name", "started_at", "beat_at", "restarts", "note")


@admin.register(Promotion)
class PromotionAdmin(ReadOnlyAdmin):
    list_display = (
        "job_number",
        "index",
        "was_ready",
        "was_robust",
        "by_name",
        "at",
        "withdrawn_at",
        "withdrawn_by_name",
    )
    list_filter = ("was_robust", "was_ready")
    search_fields = ("=job_number", "by_name", "note")


@admin.register(TrialEntry)
class TrialEntryAdmin(ReadOnlyAdmin):
    list_display = fields = ("fingerprint", "job", "count", "created_at")
    list_select_related = ("job",)
    search_fields = ("=fingerprint", "=job__id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[TrialEntry]:
        found: QuerySet[TrialEntry] = super().get_queryset(request)
        return found.defer("trials")


@admin.register(SweepChunk)
class SweepChunkAdmin(ReadOnlyAdmin):
    list_display = ("job", "number", "sets", "worker", "lease_expires_at", "is_done")
    fields = ("job", "number", "slices", "sets", "code", "worker", "lease_expires_at", "is_done")
    list_select_related = ("job",)
    search_fields = ("=job__id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SweepChunk]:
        found: QuerySet[SweepChunk] = super().get_queryset(request)
        return found.defer("result").annotate(done=ExpressionWrapper(_DONE, BooleanField()))

    @admin.display(boolean=True, description="done")
    def is_done(self, chunk: SweepChunk) -> bool:
        done: bool = getattr(chunk, "done", False)
        return done
