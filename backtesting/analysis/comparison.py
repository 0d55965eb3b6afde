"""Two to five reports side by side: figures in rows, parameters that differ marked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from backtesting.analysis.parameters import parameters, starting_balances

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FEWEST, MOST = 2, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """A figure of each report; `kind` says how it is written, `best` which are the best ones.

    None among the values: there was nothing to measure.
    """

    words: str
    kind: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    value: float | None
    is_best: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRow:
    """A parameter or fact of each report as text; times in ISO 8601, "" where there is none."""

    name: str
    words: str
    texts: tuple[str, ...]
    differs: bool
    is_time: bool = False


# key, words, kind, which way is better (0: neither)
_FIGURES: Final = (
    ("realized_pnl_usd", "P&L", "pnl", 1),
    ("max_drawdown_usd", "Max drawdown", "amount", -1),
    ("win_rate", "Win rate", "share", 1),
    ("fill_rate", "Fill rate", "share", 1),
    ("fees_paid_usd", "Fees paid", "amount", 0),
    ("opportunities_seen", "Opportunities", "count", 0),
    ("episodes", "In episodes", "count", 0),
    ("trades_attempted", "Trades started", "count", 0),
    ("trades_executed", "Executed", "count", 0),
    ("trades_failed", "Failed at leg 2 or 3", "count", 0),
    ("trades_missed", "Missed at leg 1", "count", 0),
    ("trades_unsold", "Left something unsold", "count", 0),
    ("unsold_value_usd", "Value unsold", "amount", 0),
    ("execution_latency_p50_ms", "Latency p50", "ms", 0),
    ("execution_latency_p95_ms", "Latency p95", "ms", 0),
    ("execution_latency_p99_ms", "Latency p99", "ms", 0),
)


def figure_rows(reports: Sequence[Mapping[str, Any]]) -> tuple[FigureRow, ...]:
    """Return the figures with the best ones marked, where they can be compared.

    Modeled fills promise more than replayed ones, so that none is better for it; nor are amounts
    in another quote asset, or the drawdown of who traded nothing.
    """
    is_one_asset = len({report["config"]["quote_asset"] for report in reports}) == 1
    is_one_model = len({report["fill_model"] for report in reports}) == 1
    rows = []
    for key, words, kind, better in _FIGURES:
        values = [report[key] for report in reports]
        is_judged = is_one_model and (is_one_asset or kind not in ("pnl", "amount"))
        idle = [better < 0 and not report["trades_attempted"] for report in reports]
        cells = _cells(values, better if is_judged else 0, idle)
        rows.append(FigureRow(words=words, kind=kind, cells=cells))
    return tuple(rows)


def parameter_rows(
    requests: Sequence[Mapping[str, Any]], reports: Sequence[Mapping[str, Any]]
) -> tuple[TextRow, ...]:
    """Return starting balances, fees and all parameters; those that differ come first."""
    held = [
        starting_balances(request, report["config"])
        for request, report in zip(requests, reports, strict=True)
    ]
    balances = [_balances_text(one) for one in held]
    sources = [str(report["fee_source"]) for report in reports]
    sets = zip(*(parameters(report["config"]) for report in reports), strict=True)
    rows = [
        _text_row("balances", "Starting balances", balances),
        _text_row("fee_source", "Source of fees", sources),
        *(_text_row(same[0].name, same[0].words, [one.text for one in same]) for same in sets),
    ]
    return tuple(sorted(rows, key=lambda row: not row.differs))


def _balances_text(held: Mapping[str, float]) -> str:
    return ", ".join(f"{amount:,.8g} {asset}" for asset, amount in held.items()) or "-"


def data_rows(reports: Sequence[Mapping[str, Any]]) -> tuple[TextRow, ...]:
    """Return what the reports rest on."""
    return (
        _text_row("recordings", "Recordings", [", ".join(one["recordings"]) for one in reports]),
        _time_row("started_at", "First event", reports),
        _time_row("finished_at", "Last event", reports),
        _text_row("events", "Events", [f"{one['processed_events']:,}" for one in reports]),
        _text_row("symbols", "Symbols", [str(len(one["symbols"])) for one in reports]),
        _text_row(
            "data_fingerprint",
            "Data fingerprint",
            [str(one["data_fingerprint"])[:12] or "-" for one in reports],
        ),
    )


def warnings(reports: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return in words what keeps these reports from being compared as they stand."""
    said = []
    if len({report["config"]["quote_asset"] for report in reports}) > 1:
        said.append("They count P&L in different assets: amounts cannot be compared.")
    if len({report["data_fingerprint"] for report in reports}) > 1:
        said.append("They did not replay the same data: a difference may come from the market.")
    if len({report["fill_model"] for report in reports}) > 1:
        said.append(
            "They have different fill models: modeled fills promise more than replayed ones."
        )
    return tuple(said)


def _cells(
    values: Sequence[float | None], better: int, left_out: Sequence[bool]
) -> tuple[Cell, ...]:
    known = [
        value
        for value, is_out in zip(values, left_out, strict=True)
        if value is not None and not is_out
    ]
    best = max(known, key=lambda value: better * value) if better and known else None
    is_told_apart = len(set(known)) > 1
    return tuple(
        Cell(value=value, is_best=is_told_apart and not is_out and value == best)
        for value, is_out in zip(values, left_out, strict=True)
    )


def _time_row(name: str, words: str, reports: Sequence[Mapping[str, Any]]) -> TextRow:
    return replace(_text_row(name, words, [one[name] or "" for one in reports]), is_time=True)


def _text_row(name: str, words: str, texts: Sequence[str]) -> TextRow:
    return TextRow(name=name, words=words, texts=tuple(texts), differs=len(set(texts)) > 1)
