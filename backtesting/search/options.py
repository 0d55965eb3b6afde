"""How a sweep splits time, scores and judges."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from backtesting.search.grid import SweepError
from backtesting.search.promotion import PromotionCriteria
from backtesting.search.scoring import ScoreWeights

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_FOLDS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOptions:
    """`train_ratio` of the time trains; `folds` 1: the single split alone.

    `anchored` folds all train from the first event on. Raises SweepError for a bad value.
    """

    train_ratio: float = 0.7
    folds: int = 1
    anchored: bool = False
    weights: ScoreWeights = field(default_factory=ScoreWeights)
    criteria: PromotionCriteria = field(default_factory=PromotionCriteria)

    def __post_init__(self) -> None:
        check_ratio(self.train_ratio)
        if not 1 <= self.folds <= MOST_FOLDS or self.folds != int(self.folds):
            raise SweepError(
                f"{self.folds} folds; it must be a whole number from 1 to {MOST_FOLDS}"
            )

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> SearchOptions:
        """Return the options that `as_json` gave."""
        return cls(
            train_ratio=values["train_ratio"],
            folds=values["folds"],
            anchored=values["anchored"],
            weights=ScoreWeights(**values["weights"]),
            criteria=PromotionCriteria.from_values(values["criteria"]),
        )

    def as_json(self) -> dict[str, Any]:
        """Return the options as plain values."""
        return asdict(self)


def check_ratio(train_ratio: float) -> None:
    """Raise SweepError for what is no share of the time to train on."""
    if not 0 < train_ratio < 1:
        raise SweepError(
            f"the train ratio is {train_ratio}; it must be above 0 and below 1, such as 0.7"
        )
