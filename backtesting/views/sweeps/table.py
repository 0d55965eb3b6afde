"""The table of a sweep's sets, and two to five of them side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.views.decorators.http import require_GET

from backtesting.analysis.sweeps.comparing import FEWEST, MOST, axis_rows, score_rows, window_rows
from backtesting.analysis.sweeps.digest import FIGURES
from backtesting.analysis.sweeps.gates import ready_gates, robust_gates
from backtesting.analysis.sweeps.table import VERDICTS, SetsAsked, sets_page
from backtesting.sweeps.promotions import promoted_sets
from backtesting.views.sweeps.stored import check_index, find_digest
from config.http import UNPROCESSABLE, HtmxHttpRequest, render_page, whole_number

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse, QueryDict

    from backtesting.analysis.sweeps.digest import SweepDigest
    from backtesting.search.artifacts import SweepResult

PAGE: Final = "backtesting/sweep_sets.html"
TABLE: Final = "partials/sweep_table.html"
COMPARE_PAGE: Final = "backtesting/sweep_compare.html"
COMPARE: Final = "partials/sweep_compare.html"
# Key of the sort, words, what a click sorts by first.
_COLUMNS: Final = (
    ("train_pnl", "P&L"),
    ("train_trades", "Trades"),
    ("train_score", "Score"),
    ("test_pnl", "P&L"),
    ("test_trades", "Trades"),
    ("test_win_rate", "Wins"),
    ("test_score", "Score"),
    ("gap", "Gap"),
    ("verdict", "Verdict"),
)
_RISING_FIRST: Final = frozenset({"rank", "gap", "test_drawdown"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SetColumn:
    """A column to sort by: `sort` is what its link asks for."""

    key: str
    words: str
    sort: str
    direction: str


@require_GET
def sweep_table(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """The sets that are asked for, in the order and on the page asked for."""
    job, digest = find_digest(request, pk)
    context = {"job": job, **table_context(request, digest, set(promoted_sets(pk)))}
    return render_page(request, PAGE, fragment=TABLE, context=context)


@require_GET
def sweep_compare(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """Two to five sets, `?set=3&set=7`, side by side."""
    job, digest = find_digest(request, pk)
    asked = dict.fromkeys(
        filter(lambda one: one is not None, map(whole_number, request.GET.getlist("set")))
    )
    indexes = [check_index(digest, index) for index in asked if index is not None]
    context: dict[str, Any] = {"job": job}
    if not FEWEST <= len(indexes) <= MOST:
        context["problem"] = f"Choose {FEWEST} to {MOST} sets to compare; these are {len(indexes)}."
        return render_page(
            request, COMPARE_PAGE, fragment=COMPARE, context=context, status=UNPROCESSABLE
        )
    context |= _compared(digest, indexes)
    return render_page(request, COMPARE_PAGE, fragment=COMPARE, context=context)


def table_context(request: HttpRequest, digest: SweepDigest, promoted: set[int]) -> dict[str, Any]:
    """Return what the table shows, for the sets that the address asks for."""
    asked = _asked(request.GET, digest)
    found = sets_page(digest, asked, promoted)
    query = request.GET.copy()
    for name in ("page", "sort", "x", "y", "figure", "way"):
        query.pop(name, None)
    return {
        "digest": digest,
        "asset": digest.artifacts.base.quote_asset,
        "asked": asked,
        "table": found,
        "rows": [_row(digest, result, promoted) for result in found.results],
        "columns": [_column(key, words, asked.sort) for key, words in _COLUMNS],
        "axis_columns": [_column(axis.name, axis.words, asked.sort) for axis in digest.varied],
        "rank_column": _column("rank", "Rank", asked.sort),
        "filters": [(axis, asked.at.get(axis.name)) for axis in digest.varied],
        "verdicts": VERDICTS,
        "query": query.urlencode(),
    }


def _row(digest: SweepDigest, result: SweepResult, promoted: set[int]) -> dict[str, Any]:
    index = result.index
    return {
        "result": result,
        "rank": int(digest.rank[index]),
        "texts": [axis.texts[int(axis.places[index])] for axis in digest.varied],
        "gates": ready_gates(digest.artifacts, result),
        "is_promoted": index in promoted,
    }


def _asked(query: QueryDict, digest: SweepDigest) -> SetsAsked:
    verdict, sort = query.get("verdict", ""), query.get("sort", "rank")
    at = {}
    for axis in digest.varied:
        place = whole_number(query.get(axis.name, ""))
        if place is not None and place < len(axis.texts):
            at[axis.name] = place
    keys = {"rank", "verdict", *FIGURES, *(axis.name for axis in digest.axes)}
    return SetsAsked(
        verdict=verdict if verdict in VERDICTS else "",
        at=at,
        sort=sort if sort.removeprefix("-") in keys else "rank",
        page=whole_number(query.get("page", "")) or 1,
    )


def _column(key: str, words: str, sort: str) -> SetColumn:
    is_figure = key in FIGURES or key == "verdict"
    first = key if key in _RISING_FIRST or not is_figure else f"-{key}"
    other = key if first.startswith("-") else f"-{key}"
    direction = "none"
    if sort.removeprefix("-") == key:
        direction = "descending" if sort.startswith("-") else "ascending"
    return SetColumn(
        key=key, words=words, sort=other if sort == first else first, direction=direction
    )


def _compared(digest: SweepDigest, indexes: list[int]) -> dict[str, Any]:
    artifacts = digest.artifacts
    results = [artifacts.result(index) for index in indexes]
    gates = [(*ready_gates(artifacts, one), *robust_gates(artifacts, one)) for one in results]
    return {
        "results": results,
        "asset": artifacts.base.quote_asset,
        "axis_rows": axis_rows(digest, indexes),
        "score_rows": score_rows(results),
        "windows": [
            ("Train", window_rows([one.train for one in results])),
            ("Test", window_rows([one.test for one in results])),
        ],
        "gate_rows": list(zip(*gates, strict=True)),
        "query": "&".join(f"set={index}" for index in indexes),
        "is_synthetic": artifacts.source.is_synthetic,
    }
