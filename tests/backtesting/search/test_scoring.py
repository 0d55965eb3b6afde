"""Scores and gaps: the awkward cases, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from backtesting.search.scoring import ScoreWeights, best_first, generalization_gaps, scores
from tests.backtesting.search.rows import NOTHING, summaries


def gap(train: float, test: float) -> float:
    return float(generalization_gaps(np.array([train]), np.array([test]))[0])


def test_a_score_adds_up_what_the_standard_says() -> None:
    rows = summaries({"pnl": 12.5, "win_rate": 0.6, "fill_rate": 0.9, "drawdown": 3.0})

    # 12.5 + 10 * 0.6 + 5 * 0.9 - 3 = 20
    assert scores(rows, ScoreWeights())[0] == pytest.approx(20.0)
    # 12.5 + 1 * 0.6 + 2 * 0.9 - 3 = 11.9
    assert scores(rows, ScoreWeights(win=1.0, fill=2.0))[0] == pytest.approx(11.9)


def test_rates_of_nothing_count_as_zero() -> None:
    rows = summaries({"pnl": 0.0, "win_rate": NOTHING, "fill_rate": NOTHING})

    assert scores(rows, ScoreWeights()).tolist() == [0.0]


@pytest.mark.parametrize(
    ("train", "test", "expected"),
    [
        (10.0, 4.0, 0.6),  # 6 / 10
        (4.0, 10.0, 0.6),  # 6 / 10: better in test than in train is a gap as well
        (10.0, -2.0, 1.2),  # 12 / 10
        (5.0, 5.0, 0.0),
        (0.0, 5.0, 1.0),
    ],
)
def test_the_gap_is_measured_against_the_better_score(
    train: float, test: float, expected: float
) -> None:
    assert gap(train, test) == pytest.approx(expected)


@pytest.mark.parametrize(("train", "test"), [(-5.0, -5.0), (0.0, 0.0), (-1.0, 0.0), (0.0, -9.0)])
def test_without_a_score_above_zero_there_is_no_gap(train: float, test: float) -> None:
    assert math.isnan(gap(train, test))


def test_best_first_is_by_falling_train_score_and_ties_by_index() -> None:
    assert best_first(np.array([1.0, 3.0, 1.0, 3.0, 2.0])).tolist() == [1, 3, 4, 0, 2]
