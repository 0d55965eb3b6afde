"""What an importer hands over: batches of valid events, and the refusals of the others.

Pure: arrays and values, cheap to pickle to another process. `REFUSALS` is the one list of codes
that an importer may give, each with its meaning in plain words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from marketdata.books import BOOK_RULES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

REFUSALS: Final = BOOK_RULES | {
    # The source as a whole: reading ends here, whether bad lines are skipped or not ...
    "unreadable": "The source cannot be opened or read.",
    "unsupported": "The source is packed in a way that is not read here.",
    "unpacked_too_large": "The source unpacks to far more than it holds, as a gzip bomb does.",
    "endless_line": "A line goes on and on; this is no recording.",
    "too_many_symbols": "The source names more symbols than a recording can hold.",
    # ... but for these two, which end it with one more refused entry where bad lines are skipped.
    "truncated": "The packed source breaks off before its end.",
    "corrupted": "The packed source is damaged.",
    # One line.
    "line_too_long": "The line is longer than 1 MiB.",
    "nul_byte": "The line holds a NUL byte.",
    "bad_encoding": "The line is not UTF-8.",
    "nested_too_deep": "The line nests lists or objects more than 64 deep.",
    "bad_json": "The line is not JSON.",
    "not_an_object": "The line is JSON, but no object.",
    "duplicate_key": "One of the four keys of an event stands in the line more than once.",
    "missing_field": "One of the four keys of an event is missing.",
    "bad_time": "The time is not ISO 8601, or not in the calendar.",
    "naive_time": "The time has no zone.",
    "time_backwards": "The time lies before that of the last accepted event.",
    "bad_levels": "A side is not a list of [price, quantity].",
    "bad_number": "A price or quantity is neither a JSON number nor a decimal string.",
}


# Those that end the reading whether bad lines are skipped or not.
_ENDING: Final = frozenset(
    {"unreadable", "unsupported", "unpacked_too_large", "endless_line", "too_many_symbols"}
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BookBatch:
    """A run of `n` valid events in the order of their source.

    `time_us` int64 (n,): microseconds since 1970-01-01 UTC; `symbol` uint16 (n,): index into the
    reader's growing `symbols`; `bid_count`, `ask_count` uint16 (n,); `levels` float64 (L, 2):
    price and quantity of each event's bids, then its asks, best first.
    """

    time_us: NDArray[np.int64]
    symbol: NDArray[np.uint16]
    bid_count: NDArray[np.uint16]
    ask_count: NDArray[np.uint16]
    levels: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.time_us)

    def select(self, wanted: NDArray[np.bool_]) -> BookBatch:
        """Return the events where `wanted` (n,) is true."""
        if wanted.all():
            return self
        per_event = self.bid_count.astype(np.int64) + self.ask_count
        return BookBatch(
            time_us=self.time_us[wanted],
            symbol=self.symbol[wanted],
            bid_count=self.bid_count[wanted],
            ask_count=self.ask_count[wanted],
            levels=self.levels[np.repeat(wanted, per_event)],
        )


def join_batches(batches: Sequence[BookBatch]) -> BookBatch:
    """Return the events of all batches as one, each column copied once."""
    return BookBatch(
        time_us=_join([batch.time_us for batch in batches], np.int64),
        symbol=_join([batch.symbol for batch in batches], np.uint16),
        bid_count=_join([batch.bid_count for batch in batches], np.uint16),
        ask_count=_join([batch.ask_count for batch in batches], np.uint16),
        levels=_join([batch.levels for batch in batches], np.float64).reshape(-1, 2),
    )


def _join(parts: list[NDArray[Any]], kind: type[np.generic]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.zeros(0, kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One refused entry: its code (of `REFUSALS`), its line from 1 on (0: no line), and why."""

    code: str
    line: int
    detail: str


class ImportRefused(ValueError):  # noqa: N818 -- the word on the screen
    """A source that is not imported; carries the first refusal."""

    def __init__(self, source: str, refusal: Refusal) -> None:
        place = f"{source}, line {refusal.line}" if refusal.line else (source or "''")
        super().__init__(f"{place}: {refusal.code}: {refusal.detail}")
        self.source = source
        self.refusal = refusal

    def with_remedy(self) -> str:
        """Return the message for who can still choose to skip what is refused."""
        if self.refusal.code in _ENDING:
            return str(self)
        return f"{self}; mend it, or leave out and count what is invalid by --skip-bad"

    def __reduce__(self) -> tuple[type[ImportRefused], tuple[str, Refusal]]:
        """Let the refusal cross a process boundary whole."""
        return type(self), (self.source, self.refusal)
