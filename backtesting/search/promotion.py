"""The gates a set must pass on test to be `promotion_ready`, and those of `robust`."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from backtesting.search.grid import SweepError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np


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


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedGate:
    """A gate that a set failed; `value` None: there was nothing to measure, `reason` says why."""

    gate: str
    value: float | str | None
    limit: float | str
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the gate as plain values."""
        values: dict[str, Any] = {"gate": self.gate, "value": self.value, "limit": self.limit}
        return values | ({"reason": self.reason} if self.reason else {})


def failed_gates(test: np.void, gap: float, criteria: PromotionCriteria) -> tuple[FailedGate, ...]:
    """Return the gates of `promotion_ready` that a set's test window (SUMMARY) fails, in order."""
    pnl, drawdown = float(test["pnl"]), float(test["drawdown"])
    win_rate, fill_rate = float(test["win_rate"]), float(test["fill_rate"])
    checks = (
        ("test_pnl", pnl, criteria.min_test_pnl, pnl > criteria.min_test_pnl, ""),
        (
            "win_rate",
            win_rate,
            criteria.min_win_rate,
            win_rate >= criteria.min_win_rate,
            "no trade was finished",
        ),
        (
            "fill_rate",
            fill_rate,
            criteria.min_fill_rate,
            fill_rate >= criteria.min_fill_rate,
            "no leg was sent",
        ),
        (
            "max_drawdown",
            drawdown,
            criteria.max_drawdown,
            drawdown <= criteria.max_drawdown,
            "",
        ),
        (
            "generalization_gap",
            gap,
            criteria.max_generalization_gap,
            gap <= criteria.max_generalization_gap,
            "neither score is above 0",
        ),
    )
    return tuple(
        FailedGate(
            gate=gate,
            value=None if math.isnan(value) else value,
            limit=limit,
            reason=reason if math.isnan(value) else "",
        )
        for gate, value, limit, passes, reason in checks
        if not passes
    )
