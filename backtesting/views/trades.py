"""The trades of a report: a table in pages, each trade's story, and all of them as CSV."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from django.http import Http404, StreamingHttpResponse
from django.views.decorators.http import require_GET

from backtesting.analysis.headline import shown_digits
from backtesting.analysis.rounding import round_parts
from backtesting.analysis.story import tell_story
from backtesting.analysis.trade_csv import csv_lines
from backtesting.analysis.trades import SORT_KEYS, STATUSES, trade_page
from backtesting.engine.tables import TablesError
from backtesting.views.stored import (
    cannot_be_read,
    fee_fractions,
    file_name,
    find_job,
    report_of,
    tables_of,
)
from config.http import HtmxHttpRequest, render_page, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from backtesting.analysis.story import TradeStory
    from backtesting.engine.tables import ReplayTables
    from backtesting.models import BacktestJob, JobReport

PAGE_SIZE: Final = 25
_CSV_LINES_A_CHUNK: Final = 500
# By sort key: the words on top, and what they mean where that is not plain.
_COLUMNS: Final = {
    "n": ("#", ""),
    "cycle": ("Cycle", ""),
    "status": ("Status", ""),
    "pnl": ("P&L", ""),
    "expected": ("Expected", "P&L that the walk at detection promised"),
    "shortfall": ("Shortfall", "expected less achieved P&L"),
    "capital": ("Capital", ""),
    "latency": ("Latency", "from detection to the arrival of the last leg that was sent"),
    "fees": ("Fees", "within the P&L"),
    "equity": ("Equity after", "with all trades that were completed up to this one"),
}
_WORDS_FIRST: Final = ("n", "cycle", "status")


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeColumn:
    """A head of the table: `sort` is what a click asks for, `direction` how it is sorted now."""

    key: str
    words: str
    meaning: str
    sort: str
    direction: str
    is_number: bool


@require_GET
def job_trades(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """One page of the trades, sorted and filtered; without htmx, on a page of its own."""
    job, report = _find(request, pk)
    try:
        table = table_context(request, tables_of(report))
    except TablesError as error:
        return cannot_be_read(error)
    return render_page(
        request,
        "backtesting/job_trades.html",
        fragment="partials/trade_table.html",
        context={"job": job, "report": report.payload, **table},
    )


@require_GET
def job_trade(request: HtmxHttpRequest, pk: int, n: int) -> HttpResponse:
    """The story of trade n; without htmx, on a page of its own."""
    job, report = _find(request, pk)
    try:
        tables = tables_of(report)
        story = tell_story(
            tables, n, fee_fractions(report.payload), _limit_slippage(report.payload)
        )
    except TablesError as error:
        return cannot_be_read(error)
    except IndexError as error:
        raise Http404(str(error)) from None
    context = {"job": job, "report": report.payload, **_story_context(story, len(tables.trades))}
    return render_page(
        request,
        "backtesting/job_trade.html",
        fragment="partials/trade_story.html",
        context=context,
    )


@require_GET
def job_trades_csv(request: HttpRequest, pk: int) -> HttpResponseBase:
    """All trades as CSV, sent as it is written."""
    job, report = _find(request, pk)
    try:
        tables = tables_of(report)
    except TablesError as error:
        return cannot_be_read(error)
    response = StreamingHttpResponse(_chunks(csv_lines(tables)), "text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{file_name(job)}-trades.csv"'
    return response


def table_context(request: HttpRequest, tables: ReplayTables) -> dict[str, Any]:
    """Return the page of the trades that a request asks for; what it cannot mean is left out."""
    asked = request.GET.get("sort", "n")
    sort, descending = asked.removeprefix("-"), asked.startswith("-")
    if sort not in SORT_KEYS:
        sort, descending = "n", False
    status = request.GET.get("status")
    status = status if status in STATUSES else None
    page = trade_page(
        tables,
        sort=sort,
        descending=descending,
        status=status,
        page=whole_number(request.GET.get("page")) or 1,
        size=PAGE_SIZE,
    )
    return {
        "table": page,
        "columns": _columns(sort, descending=descending),
        "sort": f"-{sort}" if descending else sort,
        "status": status or "",
        "statuses": list(STATUSES),
        "trade_digits": shown_digits(*tables.trades["pnl"].tolist()),
    }


def _columns(sort: str, *, descending: bool) -> list[TradeColumn]:
    """Return the heads; the first click on figures shows the greatest, on words the first."""
    columns = []
    for key, (words, meaning) in _COLUMNS.items():
        is_number = key not in _WORDS_FIRST
        goes_down = not descending if key == sort else is_number
        direction = ("descending" if descending else "ascending") if key == sort else "none"
        columns.append(
            TradeColumn(
                key=key,
                words=words,
                meaning=meaning,
                sort=f"-{key}" if goes_down else key,
                direction=direction,
                is_number=is_number,
            )
        )
    return columns


def _story_context(story: TradeStory, count: int) -> dict[str, Any]:
    digits = min(8, shown_digits(story.pnl, story.expected_pnl) + 2)
    shown = round_parts(
        [story.expected_pnl, *(part.amount for part in story.parts)], story.pnl, digits
    )
    parts = [
        {"words": part.words, "amount": amount}
        for part, amount in zip(story.parts, shown[1:], strict=True)
        if amount
    ]
    return {
        "story": story,
        "expected_shown": shown[0],
        "parts": parts,
        "story_digits": digits,
        "gain_share": story.pnl / (story.capital * story.mark) if story.mark else None,
        "previous": story.n - 1 if story.n > 1 else None,
        "next": story.n + 1 if story.n < count else None,
        "count": count,
    }


def _limit_slippage(payload: Mapping[str, Any]) -> float | None:
    """Return by how much limits are worsened, as a fraction; None: modeled fills have none."""
    if payload["fill_model"] != "replayed":
        return None
    return float(payload["config"]["slippage_bps"]) / 10_000


def _find(request: HttpRequest, pk: int) -> tuple[BacktestJob, JobReport]:
    job = find_job(request, pk)
    report = report_of(job)
    if report is None:
        raise Http404(f"job {pk} has no report")
    return job, report


def _chunks(lines: Iterator[str]) -> Iterator[str]:
    while chunk := "".join(islice(lines, _CSV_LINES_A_CHUNK)):
        yield chunk
