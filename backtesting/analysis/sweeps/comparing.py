"""Two to five sets of a sweep side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from backtesting.analysis.sweeps.digest import SweepDigest
    from backtesting.search.artifacts import SweepResult

FEWEST, MOST = 2, 5
# Name in a report, words, kind.
REPORT_FIGURES: Final = (
    ("realized_pnl_usd", "P&L", "pnl"),
    ("max_drawdown_usd", "Max drawdown", "amount"),
    ("win_rate", "Win rate", "share"),
    ("fill_rate", "Fill rate", "share"),
    ("trades_attempted", "Trades started", "count"),
    ("trades_executed", "Executed", "count"),
    ("trades_failed", "Failed at leg 2 or 3", "count"),
    ("trades_missed", "Missed at leg 1", "count"),
    ("trades_unsold", "Left unsold", "count"),
    ("fees_paid_usd", "Fees paid", "amount"),
    ("opportunities_seen", "Opportunities", "count"),
    ("episodes", "Episodes", "count"),
    ("looks", "Looks", "count"),
    ("processed_events", "Events", "count"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFigureRow:
    """A figure with a cell a column."""

    words: str
    kind: str
    cells: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterRow:
    """A parameter with a text a set."""

    words: str
    texts: tuple[str, ...]
    differs: bool


def window_rows(reports: Sequence[Mapping[str, Any]]) -> tuple[SetFigureRow, ...]:
    """Return the figures of reports, a cell each."""
    return tuple(
        SetFigureRow(words=words, kind=kind, cells=tuple(report[name] for report in reports))
        for name, words, kind in REPORT_FIGURES
    )


def score_rows(results: Sequence[SweepResult]) -> tuple[SetFigureRow, ...]:
    """Return scores and gap of sets."""
    rows = (
        ("Train score", tuple(one.train_score for one in results)),
        ("Test score", tuple(one.test_score for one in results)),
        ("Gap", tuple(one.generalization_gap for one in results)),
    )
    return tuple(SetFigureRow(words=words, kind="number", cells=cells) for words, cells in rows)


def axis_rows(digest: SweepDigest, indexes: Sequence[int]) -> tuple[ParameterRow, ...]:
    """Return the value of each set on every axis."""
    found = []
    for axis in digest.axes:
        texts = tuple(axis.texts[int(axis.places[index])] for index in indexes)
        found.append(ParameterRow(words=axis.words, texts=texts, differs=len(set(texts)) > 1))
    return tuple(found)
