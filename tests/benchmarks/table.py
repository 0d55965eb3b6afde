"""The figures as a table, beside what is asked of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from rich.table import Table

from tests.benchmarks.figures import FIGURES, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

_STYLES: Final = {"aim met": "green", "floor met": "yellow", "missed": "bold red"}
# Floors and aims hold for tapes at least this long: a run's fixed cost weighs more in a short one.
_LEAST_EVENTS: Final = 1_000_000


def figures_table(
    values: Mapping[str, Value], *, events: int, server: str | None, load: float
) -> Table:
    """Return a table of what was measured; `load` is the machine's load average meanwhile."""
    where = "SQLite" if server is None else "PostgreSQL"
    table = Table(title=f"{events:,} events, {where}, load average {load:.1f}")
    notes = [value for value in values.values() if isinstance(value, str)]
    if events < _LEAST_EVENTS:
        notes.append(f"Floors and aims are meant for {_LEAST_EVENTS:,} events and up.")
    table.caption = "\n".join(notes)
    for name in ("figure", "", "floor", "aim", "unit", ""):
        side: Literal["left", "right"] = "left" if name in ("figure", "unit") else "right"
        table.add_column(name, justify=side, no_wrap=True)
    for figure in FIGURES:
        value = values.get(figure.name, "")
        if isinstance(value, str):
            continue
        verdict = figure.verdict(value, server)
        table.add_row(
            figure.name,
            readable(value),
            readable(figure.floor_on(server)),
            readable(figure.aim),
            figure.unit,
            f"[{_STYLES[verdict]}]{verdict}" if verdict else "",
        )
    return table


def readable(value: float | None) -> str:
    """Return a value in few digits: 1.23 M, 34.5 k, 1,234, 0.56; None is nothing."""
    if value is None:
        return ""
    if value >= 1e6:
        return f"{value / 1e6:.3g} M"
    if value >= 1e4:
        return f"{value / 1e3:.3g} k"
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"
