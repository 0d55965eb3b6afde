"""The command that a page prints asks for the very sweep again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.core.management import load_command_class

from backtesting.analysis.sweeps.commands import sweep_words
from backtesting.management.sweep_options import sweep_request_from
from backtesting.search.options import SearchOptions
from backtesting.search.promotion import PromotionCriteria
from backtesting.search.scoring import ScoreWeights
from tests.backtesting.sweep_samples import artifacts_of, sweep_request

if TYPE_CHECKING:
    from backtesting.sweeps.requests import SweepRequest


def read(words: list[str]) -> SweepRequest:
    parser = load_command_class("backtesting", words[0]).create_parser("manage.py", words[0])
    return sweep_request_from(vars(parser.parse_args(words[1:])))


def test_the_command_spans_the_same_grid_on_the_same_data() -> None:
    artifacts = artifacts_of()

    found = read(sweep_words(sweep_request().as_json(), artifacts))

    axes = artifacts.axes
    assert found.axes == replace(axes, universe=(artifacts.symbols, axes.universe[1]))
    assert found.options == artifacts.options
    assert found.replay.config.fill_model == "replayed"
    assert found.replay.recordings == ("stress",)
    assert found.replay.starting_balances == {"USD": 1000.0}


def test_options_that_are_not_the_default_are_all_there() -> None:
    options = SearchOptions(
        train_ratio=0.6,
        folds=3,
        anchored=True,
        weights=ScoreWeights(win=-2.5),
        criteria=PromotionCriteria(max_drawdown=10, min_test_pnl=-1.5),
    )
    artifacts = replace(artifacts_of(), options=options)

    assert read(sweep_words(sweep_request().as_json(), artifacts)).options == options


def test_one_anchored_fold_is_said_with_its_number() -> None:
    options = SearchOptions(anchored=True)
    artifacts = replace(artifacts_of(), options=options)

    assert read(sweep_words(sweep_request().as_json(), artifacts)).options == options
