"""What a replay leaves row by row, as NumPy records: small to store, quick to sort and page.

Knows no Numba: a web process reads stored tables and makes rows of the few it shows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import zstandard

from backtesting.engine.kernel import layout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from marketdata.columns import BookColumns

# Levels of the facing side that are kept with each order.
LADDER_LEVELS = 10
_VERSION = 1
_LADDER = np.dtype([("price", "f8", (LADDER_LEVELS,)), ("quantity", "f8", (LADDER_LEVELS,))])
_TYPES = {
    "trades": layout.TRADE,
    "orders": layout.ORDER,
    "episodes": layout.EPISODE,
    "takes": layout.TAKE,
    "ladders": _LADDER,
}


class TablesError(ValueError):
    """Stored tables cannot be read: they are damaged or of another version."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReplayTables:
    """Trades in order of n, orders in the order they were worked off, and what they refer to.

    `trades`, `orders`, `episodes`, `takes` are records of `kernel/layout.py`; indexes into
    `symbols` and `cycles`. `ladders` holds by order the recorded levels that it met, best first,
    0 where there are fewer; it is empty until `with_ladders`.
    """

    symbols: tuple[str, ...]
    cycles: tuple[tuple[str, str, str], ...]
    trades: NDArray[np.void]
    orders: NDArray[np.void]
    episodes: NDArray[np.void]
    takes: NDArray[np.void]
    ladders: NDArray[np.void]

    @classmethod
    def of_run(
        cls,
        run: layout.Run,
        symbols: Sequence[str],
        cycles: Sequence[tuple[str, str, str]],
    ) -> ReplayTables:
        """Return what a settled run left behind."""
        totals = run.totals[0]
        return cls(
            symbols=tuple(symbols),
            cycles=tuple(cycles),
            trades=run.trades[: int(totals["trades"])],
            orders=run.orders[: int(totals["orders"])],
            episodes=run.episodes[: int(totals["episodes"])],
            takes=run.takes[: int(totals["takes"])],
            ladders=np.zeros(0, _LADDER),
        )

    def with_ladders(self, columns: BookColumns) -> ReplayTables:
        """Return the tables with the levels each order met, read from the events replayed."""
        rows = self.orders["row"]
        middle = columns.depth_start[rows] + columns.bid_count[rows]
        is_buy = self.orders["side"] == layout.BUY
        start = np.where(is_buy, middle, columns.depth_start[rows])
        stop = np.where(is_buy, columns.depth_start[rows + 1], middle)
        places = start[:, None] + np.arange(LADDER_LEVELS)
        is_there = places < stop[:, None]
        levels = (
            columns.levels[np.where(is_there, places, 0)] if len(rows) else np.zeros((0, 10, 2))
        )
        ladders = np.zeros(len(rows), _LADDER)
        ladders["price"] = np.where(is_there, levels[..., 0], 0.0)
        ladders["quantity"] = np.where(is_there, levels[..., 1], 0.0)
        return replace(self, ladders=ladders)

    def pack(self) -> bytes:
        """Return the tables as compressed bytes: a line of JSON that says what follows, then it."""
        head = {
            "version": _VERSION,
            "symbols": self.symbols,
            "cycles": self.cycles,
            "rows": {name: len(getattr(self, name)) for name in _TYPES},
        }
        body = b"".join(getattr(self, name).tobytes() for name in _TYPES)
        return zstandard.compress(json.dumps(head).encode() + b"\n" + body, level=3)

    @classmethod
    def unpack(cls, packed: bytes) -> ReplayTables:
        """Return what `pack` was given; raise TablesError for anything else."""
        try:
            head_line, _, body = zstandard.decompress(packed).partition(b"\n")
            head: dict[str, Any] = json.loads(head_line)
            rows = {name: int(head["rows"][name]) for name in _TYPES}
            symbols = tuple(map(str, head["symbols"]))
            cycles = tuple((str(a), str(b), str(c)) for a, b, c in head["cycles"])
        except (zstandard.ZstdError, ValueError, KeyError, TypeError) as error:
            raise TablesError(f"the stored tables cannot be read: {error}") from error
        size = sum(rows[name] * kind.itemsize for name, kind in _TYPES.items())
        if head.get("version") != _VERSION or len(body) != size:
            raise TablesError("the stored tables are damaged or of another version; run it again")
        tables, at = {}, 0
        for name, kind in _TYPES.items():
            tables[name] = np.frombuffer(body, kind, rows[name], at)
            at += rows[name] * kind.itemsize
        return cls(symbols=symbols, cycles=cycles, **tables)
