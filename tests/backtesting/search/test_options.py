from __future__ import annotations

import json
import math

import pytest

from backtesting.search.grid import SweepError
from backtesting.search.options import SearchOptions
from backtesting.search.promotion import PromotionCriteria
from backtesting.search.scoring import ScoreWeights


def test_the_defaults_are_those_of_the_standard() -> None:
    options = SearchOptions()

    assert (options.train_ratio, options.folds, options.anchored) == (0.7, 1, False)
    assert (options.weights.win, options.weights.fill) == (10.0, 5.0)
    assert options.criteria == PromotionCriteria(
        min_test_pnl=0,
        min_win_rate=0.5,
        min_fill_rate=0.9,
        max_drawdown=25,
        max_generalization_gap=0.5,
        min_test_trades=30,
        min_test_buckets=30,
        min_pnl_bound=0,
        min_deflated_sharpe=0.95,
        max_overfitting=0.2,
    )


def test_they_come_back_from_json() -> None:
    options = SearchOptions(
        train_ratio=0.6,
        folds=4,
        anchored=True,
        weights=ScoreWeights(win=1.0),
        criteria=PromotionCriteria(max_drawdown=5.0),
    )

    assert SearchOptions.from_json(json.loads(json.dumps(options.as_json()))) == options


@pytest.mark.parametrize("ratio", [0.0, 1.0, -0.1, 1.5, math.nan, math.inf])
def test_a_ratio_that_leaves_a_window_without_time_is_refused(ratio: float) -> None:
    with pytest.raises(SweepError, match=r"train ratio is .*above 0 and below 1"):
        SearchOptions(train_ratio=ratio)


@pytest.mark.parametrize("folds", [0, -1, 101, 2.5, math.nan, math.inf])
def test_folds_that_are_no_number_of_folds_are_refused(folds: float) -> None:
    with pytest.raises(SweepError, match="folds; it must be a whole number from 1 to 100"):
        SearchOptions(folds=folds)  # type: ignore[arg-type] # as a command line may give it


@pytest.mark.parametrize("value", [math.nan, math.inf, "much", True, None])
def test_a_limit_that_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(SweepError, match=r"max_drawdown is .*finite number"):
        PromotionCriteria.from_values({"max_drawdown": value})


def test_an_unknown_gate_is_refused_with_those_there_are() -> None:
    with pytest.raises(SweepError, match="'luck' is no gate; gates are min_test_pnl, min_win_rate"):
        PromotionCriteria.from_values({"luck": 1})


@pytest.mark.parametrize("weight", [math.nan, math.inf, "10"])
def test_a_weight_that_is_no_number_is_refused(weight: float) -> None:
    with pytest.raises(SweepError, match="the win weight is"):
        ScoreWeights(win=weight)
