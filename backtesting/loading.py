"""Events to replay, from a file or the database, as an EventStore (the standard, section 1)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from backtesting.engine.events import EventStore
from backtesting.engine.report import ReplayError
from marketdata.columns import SYMBOL_MASK, flag_ties
from marketdata.headers import RecordingHeader
from marketdata.importers.jsonl import read_columns
from marketdata.moments import to_us
from marketdata.selectors import load_columns
from pairings.selectors import enabled_symbols

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from datetime import datetime

    from marketdata.columns import BookColumns


def load_replay_events(
    path: str | os.PathLike[str],
    symbols: Sequence[str] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    skip_bad: bool = False,
) -> EventStore:
    """Return a JSONL file's events with start <= time < end ("-": standard input).

    All of the file's symbols, or those named, with or without events; every line is checked.
    Raises ImportRefused at the first invalid line unless `skip_bad`, ReplayError where the file
    has nothing to replay.
    """
    columns, reader = read_columns(
        path, skip_bad=skip_bad, symbols=symbols, start_us=_us(start), end_us=_us(end)
    )
    _check_symbols(path, symbols, reader.symbols)
    if not len(columns):
        window = " in the window asked for" if start or end else ""
        refused = sum(reader.refused.values())
        found = f" ({refused:,} invalid lines were left out)" if refused else ""
        raise ReplayError(f"{_shown(path)} holds no event{window}{found}; nothing can be replayed")
    header = RecordingHeader.of(reader.header)
    return EventStore(
        columns=_over(columns, symbols),
        rejected_events=sum(reader.refused.values()),
        recordings=(header.name or _shown(path),),
        is_synthetic=header.synthetic,
        fingerprint=reader.fingerprint,
    )


def load_replay_events_from_db(
    symbols: Sequence[str] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    recordings: Sequence[str] | None = None,
) -> EventStore:
    """Return stored events with start <= time < end, in replay order.

    Of the symbols named, else of the enabled pairings; of the recordings named, else of all that
    are not synthetic. Raises SelectionError or ReplayError with the remedy.
    """
    wanted = tuple(symbols) if symbols else enabled_symbols()
    if not wanted:
        raise ReplayError(
            "no pairing is enabled; enable some in the admin, import a recording, "
            "load_pairings --enable, or name --symbols"
        )
    books = load_columns(wanted, _us(start), _us(end), recordings)
    return EventStore(
        columns=books.columns,
        rejected_events=books.rejected_events,
        recordings=books.recordings,
        is_synthetic=books.synthetic,
        fingerprint=books.fingerprint,
    )


def _us(time: datetime | None) -> int | None:
    return None if time is None else to_us(time)


def _shown(path: str | os.PathLike[str]) -> str:
    return "standard input" if str(path) == "-" else Path(path).name


def _check_symbols(
    path: str | os.PathLike[str], symbols: Sequence[str] | None, seen: Sequence[str]
) -> None:
    if symbols and set(symbols).isdisjoint(seen):
        raise ReplayError(
            f"{_shown(path)} has no event of {', '.join(sorted(set(symbols)))}; "
            f"it holds {', '.join(sorted(seen)) or 'none at all'}"
        )


def _over(columns: BookColumns, symbols: Sequence[str] | None) -> BookColumns:
    """Return columns over the symbols named, those without an event in the window included."""
    universe = tuple(sorted(set(symbols or columns.symbols)))
    if universe == columns.symbols:
        return columns
    place = np.array([universe.index(symbol) for symbol in columns.symbols], np.uint16)
    renumbered = place[columns.symbol & SYMBOL_MASK]
    return replace(columns, symbols=universe, symbol=flag_ties(renumbered, columns.time_us))
