"""The best sets of a sweep that still runs, from the chunks that are finished.

A chunk's result never changes: its best are read once and kept, a few chunks a look.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backtesting.models import SweepChunk
from backtesting.search.artifacts import TEST, TRAIN
from backtesting.search.packing import PackingError, unpack_part
from backtesting.search.scoring import best_first, scores

if TYPE_CHECKING:
    from backtesting.search.options import SearchOptions

SHOWN: Final = 8
_CHUNKS_A_LOOK: Final = 8
_MOST_KEPT: Final = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Leader:
    """A set that is among the best in train so far."""

    index: int
    train_score: float
    test_score: float
    train_pnl: float
    test_pnl: float
    test_trades: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaders:
    """The best so far, of so many `read` chunks out of all."""

    best: tuple[Leader, ...]
    read: int
    chunks: int


class LeaderCache:
    """The best sets of chunks by the chunk's key, the oldest forgotten first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, tuple[Leader, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def leaders(self, job_id: int, options: SearchOptions) -> Leaders | None:
        """Return the leaders of a job; None where it has no chunks."""
        rows = SweepChunk.objects.filter(job_id=job_id)
        chunks = rows.count()
        if not chunks:
            return None
        done = list(rows.filter(result__isnull=False).values_list("pk", flat=True))
        with self._lock:
            new = [pk for pk in done if pk not in self._kept][:_CHUNKS_A_LOOK]
        self._read(new, options)
        with self._lock:
            known = [self._kept[pk] for pk in done if pk in self._kept]
        best = sorted((one for part in known for one in part), key=_by_train)[:SHOWN]
        return Leaders(best=tuple(best), read=len(known), chunks=chunks)

    def _read(self, keys: list[int], options: SearchOptions) -> None:
        found = SweepChunk.objects.filter(pk__in=keys, result__isnull=False)
        for pk, packed in found.values_list("pk", "result"):
            best = _best_of(bytes(packed or b""), options)
            with self._lock:
                self._kept[pk] = best
                while len(self._kept) > _MOST_KEPT:
                    self._kept.popitem(last=False)


def _best_of(packed: bytes, options: SearchOptions) -> tuple[Leader, ...]:
    try:
        part = unpack_part(packed)
    except PackingError:  # of another version: its worker will do it again
        return ()
    train, test = (part.figures[window].summaries for window in (TRAIN, TEST))
    train_scores, test_scores = scores(train, options.weights), scores(test, options.weights)
    return tuple(
        Leader(
            index=int(part.indexes[at]),
            train_score=float(train_scores[at]),
            test_score=float(test_scores[at]),
            train_pnl=float(train["pnl"][at]),
            test_pnl=float(test["pnl"][at]),
            test_trades=int(test["trades"][at]),
        )
        for at in best_first(train_scores)[:SHOWN].tolist()
    )


def _by_train(leader: Leader) -> tuple[float, int]:
    return -leader.train_score, leader.index


cache: Final = LeaderCache()
