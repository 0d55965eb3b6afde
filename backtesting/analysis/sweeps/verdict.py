"""The headline of a sweep: what the winner of train came to in test, and whom to trust."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backtesting.analysis.sweeps.gates import gate_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backtesting.analysis.sweeps.digest import SweepDigest
    from backtesting.search.artifacts import SweepResult

NOTHING, IDLE, NONE, READY, ROBUST = "nothing", "idle", "none", "ready", "robust"
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class GateCount:
    """How many sets fail a gate."""

    words: str
    sets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What to make of a sweep.

    `level`: `nothing` was traded at all, or in test (`idle`), `none` is promotion_ready, else
    `ready` or `robust`. `lacks`: the gates of the next level that stop the most sets.
    `best_ready` and `best_robust`: the best in train among them.
    """

    level: str
    winner: SweepResult
    winner_where: tuple[str, ...]
    sets: int
    ready: int
    robust: int
    profitable: int
    lacks: tuple[GateCount, ...]
    best_ready: int | None
    best_robust: int | None

    @property
    def winner_holds(self) -> bool:
        """Return whether the winner of train made money in test too."""
        pnl: float = self.winner.test["realized_pnl_usd"]
        return pnl > 0


def verdict_of(digest: SweepDigest) -> Verdict:
    """Return the verdict on a sweep."""
    level = _level(digest)
    ranked = digest.order
    ready, robust = ranked[digest.ready[ranked]], ranked[digest.robust[ranked]]
    failing = digest.failing_robust if level == READY else digest.failing
    return Verdict(
        level=level,
        winner=digest.artifacts.result(digest.winner),
        winner_where=where(digest, digest.winner),
        sets=len(ranked),
        ready=len(ready),
        robust=len(robust),
        profitable=int((digest.columns["test_pnl"] > 0).sum()),
        lacks=() if level == ROBUST else _most(failing),
        best_ready=int(ready[0]) if len(ready) else None,
        best_robust=int(robust[0]) if len(robust) else None,
    )


def where(digest: SweepDigest, index: int) -> tuple[str, ...]:
    """Return a set's values on the axes that vary, in words: `Latency per order 20 ms`."""
    return tuple(
        f"{axis.words.lower()} {axis.texts[int(axis.places[index])]}" for axis in digest.varied
    )


def _level(digest: SweepDigest) -> str:
    if digest.robust.any():
        return ROBUST
    if digest.ready.any():
        return READY
    columns = digest.columns
    if not (columns["train_trades"] + columns["test_trades"]).any():
        return NOTHING
    return NONE if columns["test_trades"].any() else IDLE


def _most(failing: Mapping[str, int]) -> tuple[GateCount, ...]:
    most = sorted(failing.items(), key=lambda one: -one[1])[:_SHOWN]
    return tuple(GateCount(words=_within(gate_words(gate)[0]), sets=sets) for gate, sets in most)


def _within(words: str) -> str:
    """Return words as they stand within a sentence."""
    return words if words.startswith("P&L") else words[0].lower() + words[1:]
