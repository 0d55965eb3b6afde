"""Stored reports as the pages read them: only what a user may see, tables unpacked once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

from django.http import Http404, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers

from backtesting.engine.tables import ReplayTables
from backtesting.models import BacktestJob, JobReport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

_MOST_BYTES: Final = 256 * 1024**2
# A report of another kind of job, or of a version that knew other figures, is not for these pages.
_NEEDED: Final = frozenset(
    {"config", "looks", "miss_reasons", "realized_pnl_usd", "fee_rates", "trades_executed"}
)
# Goes into every ETag: raise it when the same report is to be shown in another way.
_SHOWN_VERSION: Final = 1


class TableCache:
    """Unpacked tables by their report's hash, the last used first, up to so many bytes."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[str, ReplayTables] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, report: JobReport) -> ReplayTables:
        """Return a report's tables; raise TablesError where they cannot be read."""
        with self._lock:
            if (kept := self._kept.get(report.sha256)) is not None:
                self._kept.move_to_end(report.sha256)
                return kept
        tables = ReplayTables.unpack(bytes(report.tables))
        with self._lock:
            self._kept[report.sha256] = tables
            while len(self._kept) > 1 and self._size() > self._most_bytes:
                self._kept.popitem(last=False)
        return tables

    def _size(self) -> int:
        return sum(_bytes_of(tables) for tables in self._kept.values())


def _bytes_of(tables: ReplayTables) -> int:
    names = ("trades", "orders", "episodes", "takes", "ladders")
    return sum(int(getattr(tables, name).nbytes) for name in names)


cache: Final = TableCache()


def find_job(request: HttpRequest, pk: int, *, with_tables: bool = False) -> BacktestJob:
    """Return a job with its report in one query; another user's is not there (404).

    Without `with_tables` the packed tables are read only if somebody asks for them.
    """
    jobs = BacktestJob.objects.visible_to(request.user).select_related("report")
    found = (jobs if with_tables else jobs.defer("report__tables")).filter(pk=pk).first()
    if found is None:
        raise Http404(f"there is no job {pk}")
    return found


def report_of(job: BacktestJob) -> JobReport | None:
    """Return the report of a replay that is completed; None where there is none to show."""
    if job.status != BacktestJob.Status.COMPLETED:
        return None
    report: JobReport | None = getattr(job, "report", None)
    is_ours = report is not None and set(report.payload) >= _NEEDED
    return report if is_ours else None


def find_report(request: HttpRequest, pk: int) -> JobReport:
    """Return the report of a job that the user may see; 404 where there is none."""
    report = report_of(find_job(request, pk))
    if report is None:
        raise Http404(f"job {pk} has no report")
    return report


def file_name(job: BacktestJob) -> str:
    """Return what a download is called: synthetic data says so wherever it ends up."""
    return f"backtest-{job.pk}-synthetic" if job.synthetic else f"backtest-{job.pk}"


def tables_of(report: JobReport) -> ReplayTables:
    """Return a report's tables; raise TablesError where they cannot be read."""
    return cache.get(report)


def answer_unless_known(
    request: HttpRequest, etag: str, make: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    """Return what `make` returns, or 304 where the browser has it already."""
    tag = f'"{_SHOWN_VERSION}-{etag}"'
    known = get_conditional_response(request, etag=tag)
    response: HttpResponseBase = make() if known is None else known
    response["ETag"] = tag
    patch_vary_headers(response, ["Cookie"])
    return response


def fee_fractions(payload: Mapping[str, Any]) -> dict[str, float]:
    """Return the taker fees of a report by symbol."""
    return {symbol: float(fee["rate"]) for symbol, fee in payload["fee_rates"].items()}


def cannot_be_read(error: Exception) -> HttpResponse:
    """Return the answer for tables that are damaged or of another version."""
    return HttpResponse(f"{error}\n", status=409, content_type="text/plain; charset=utf-8")
