"""The trades as CSV: one line a trade, its three legs in columns, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

import numpy as np

from backtesting.analysis.trades import STATUSES, equity_after, execution_latency_us, expected_pnl
from backtesting.engine.kernel import layout
from marketdata.moments import from_us

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from backtesting.engine.tables import ReplayTables

_LEGS: Final = (1, 2, 3)
_LEG_COLUMNS: Final = ("symbol", "side", "arrived", "ordered", "filled", "price", "fee", "ratio")
COLUMNS: Final = (
    "n",
    "detected",
    "completed",
    "cycle",
    "status",
    "unsold",
    "start_asset",
    "capital",
    "expected_return",
    "expected_pnl",
    "pnl",
    "equity",
    "latency_ms",
    "fees",
    "dust_value",
    "unsold_value",
    *(f"leg{leg}_{name}" for leg in _LEGS for name in _LEG_COLUMNS),
)
_STATUS_WORDS: Final = {code: word for word, code in STATUSES.items()}
# A spreadsheet takes text that begins like this for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")

Cell = str | int | float


class _Line:
    """What csv writes to: gives each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def csv_lines(tables: ReplayTables) -> Iterator[str]:
    """Yield the header and a line a trade in order of n; amounts unrounded, times ISO 8601 UTC."""
    writer = csv.writer(_Line())
    yield writer.writerow(COLUMNS)
    latency, expected = execution_latency_us(tables), expected_pnl(tables)
    equity, legs = equity_after(tables), _leg_rows(tables)
    for place, trade in enumerate(tables.trades):
        cycle = tables.cycles[trade["cycle"]]
        cells: list[Cell] = [
            place + 1,
            _time(trade["t"]),
            _time(trade["completed"]),
            _safe(" > ".join((*cycle, cycle[0]))),
            _STATUS_WORDS[int(trade["status"])],
            "yes" if trade["is_unsold"] else "no",
            _safe(cycle[0]),
            float(trade["capital"]),
            float(trade["expected"]),
            float(expected[place]),
            float(trade["pnl"]),
            float(equity[place]),
            int(latency[place]) / 1000 if latency[place] >= 0 else "",
            float(trade["fees"]),
            float(trade["residual"]),
            float(trade["unsold"]),
        ]
        for row in legs[place].tolist():
            cells += _leg_cells(tables, row)
        yield writer.writerow(cells)


def _leg_rows(tables: ReplayTables) -> NDArray[np.int64]:
    """Return by trade (n, 3) the rows of its legs' orders; -1 where one was not sent."""
    rows = np.full((len(tables.trades), len(_LEGS)), -1, np.int64)
    is_leg = tables.orders["leg"] < layout.CLOSE_OUT
    orders = tables.orders[is_leg]
    rows[orders["trade"], orders["leg"] - 1] = np.flatnonzero(is_leg)
    return rows


def _leg_cells(tables: ReplayTables, row: int) -> list[Cell]:
    if row < 0:
        return [""] * len(_LEG_COLUMNS)
    order = tables.orders[row]
    filled = float(order["filled"])
    return [
        _safe(tables.symbols[order["symbol"]]),
        "buy" if order["side"] == layout.BUY else "sell",
        _time(order["t"]),
        float(order["ordered"]),
        filled,
        float(order["money"]) / filled if filled else "",
        float(order["fee"]),
        float(order["ratio"]),
    ]


def _time(time_us: np.int64) -> str:
    return from_us(int(time_us)).isoformat(timespec="microseconds")


def _safe(text: str) -> str:
    """Return text that no spreadsheet reads as a formula; numbers need none of this."""
    return f"'{text}" if text.startswith(_FORMULA) else text
