"""The gates a set must pass on test to be `promotion_ready`, and those of `robust`."""

from __future__ import annotations

import math
import operator
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from backtesting.search.grid import SweepError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionCriteria:
    """The limits of the gates, in the quote asset where they are amounts.

    The first five are those of `promotion_ready`, on the test window; the others those of
    `robust`, which asks for the replayed fill model and for the first five as well.
    """

    min_test_pnl: float = 0.0
    min_win_rate: float = 0.5
    min_fill_rate: float = 0.9
    max_drawdown: float = 25.0
    max_generalization_gap: float = 0.5
    min_test_trades: int = 30
    min_test_buckets: int = 30
    min_pnl_bound: float = 0.0
    min_deflated_sharpe: float = 0.95
    max_overfitting: float = 0.2

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not is_number or not math.isfinite(value):
                raise SweepError(f"{name} is {value!r}; it must be a finite number")

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> PromotionCriteria:
        """Return criteria by name; raise SweepError for a name that is none."""
        known = [found.name for found in fields(cls)]
        for name in values:
            if name not in known:
                raise SweepError(f"{name!r} is no gate; gates are {', '.join(known)}")
        return cls(**values)


INSUFFICIENT = "insufficient"


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedGate:
    """A gate that a set failed; `value` None: there was nothing to measure, `reason` says why."""

    gate: str
    value: float | str | None
    limit: float | str
    reason: str = ""

    @property
    def is_insufficient(self) -> bool:
        """Return whether there was too little to measure, rather than a bad measurement."""
        return self.reason == INSUFFICIENT

    def as_json(self) -> dict[str, Any]:
        """Return the gate as plain values."""
        values: dict[str, Any] = {"gate": self.gate, "value": self.value, "limit": self.limit}
        return values | ({"reason": self.reason} if self.reason else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gate:
    """A gate of `promotion_ready`: its name, the criterion that is its limit, what None means."""

    name: str
    limit: str
    passes: Callable[[Any, float], Any]
    reason: str = ""


# A NaN, which is a None, passes no comparison.
_GATES = (
    _Gate(name="test_pnl", limit="min_test_pnl", passes=operator.gt),
    _Gate(
        name="win_rate", limit="min_win_rate", passes=operator.ge, reason="no trade was finished"
    ),
    _Gate(name="fill_rate", limit="min_fill_rate", passes=operator.ge, reason="no leg was sent"),
    _Gate(name="max_drawdown", limit="max_drawdown", passes=operator.le),
    _Gate(
        name="generalization_gap",
        limit="max_generalization_gap",
        passes=operator.le,
        reason="neither score is above 0",
    ),
)


def are_ready(
    test: NDArray[np.void], gaps: NDArray[np.float64], criteria: PromotionCriteria
) -> NDArray[np.bool_]:
    """Return which sets are `promotion_ready`: rows of SUMMARY and generalization gaps by set."""
    ready = np.ones(len(test), np.bool_)
    for gate, values in zip(_GATES, _values(test, gaps), strict=True):
        ready &= gate.passes(values, getattr(criteria, gate.limit))
    return ready


def failed_gates(test: np.void, gap: float, criteria: PromotionCriteria) -> tuple[FailedGate, ...]:
    """Return the gates of `promotion_ready` that a set's test window (SUMMARY) fails, in order."""
    failed = []
    for gate, found in zip(_GATES, _values(test, gap), strict=True):
        value, limit = float(found), getattr(criteria, gate.limit)
        if not gate.passes(value, limit):
            nothing = math.isnan(value)
            failed.append(
                FailedGate(
                    gate=gate.name,
                    value=None if nothing else value,
                    limit=limit,
                    reason=gate.reason if nothing else "",
                )
            )
    return tuple(failed)


def _values(test: Any, gap: Any) -> tuple[Any, ...]:
    """Return what each gate judges, of one set or of many."""
    return test["pnl"], test["win_rate"], test["fill_rate"], test["drawdown"], gap
