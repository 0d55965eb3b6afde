"""The columns that pages show say of every set what the search itself says of it."""

from __future__ import annotations

import numpy as np
import pytest

from backtesting.analysis.sweeps.digest import FIGURES, SweepDigest, digest_of
from tests.backtesting.sweep_samples import EASY, LATENCIES, SETS, artifacts_of

LIMITS = [(), tuple(sorted(EASY.items()))]


@pytest.fixture(params=LIMITS, ids=["as usual", "easy"])
def digest(request: pytest.FixtureRequest) -> SweepDigest:
    return digest_of(artifacts_of(request.param))


def test_verdicts_are_those_of_the_results(digest: SweepDigest) -> None:
    results = [digest.artifacts.result(index) for index in range(SETS)]

    assert digest.ready.tolist() == [one.promotion_ready for one in results]
    assert digest.robust.tolist() == [one.robust for one in results]
    assert digest.fails.tolist() == [len(one.failed_gates) for one in results]
    assert sum(digest.failing.values()) == sum(len(one.failed_gates) for one in results)


def test_figures_are_those_of_the_results(digest: SweepDigest) -> None:
    for index in range(SETS):
        result = digest.artifacts.result(index)
        found = {name: float(digest.columns[name][index]) for name in FIGURES}

        assert found["test_pnl"] == result.test["realized_pnl_usd"]
        assert found["train_trades"] == result.train["trades_attempted"]
        assert found["test_score"] == result.test_score
        assert np.isnan(found["gap"]) == (result.generalization_gap is None)
        assert np.isnan(found["test_win_rate"]) == (result.test["win_rate"] is None)


def test_rank_counts_from_the_best_in_train(digest: SweepDigest) -> None:
    best = digest.artifacts.results[0]

    assert digest.winner == best.index
    assert digest.rank[best.index] == 1
    assert sorted(digest.rank.tolist()) == list(range(1, SETS + 1))


def test_axes_say_where_each_set_stands(digest: SweepDigest) -> None:
    latency = digest.axis("execution_latency_ms")
    assert latency

    assert [axis.name for axis in digest.varied] == [
        "min_profit_threshold",
        "trade_capital",
        "universe",
        "execution_latency_ms",
    ]
    for index in range(SETS):
        wanted = digest.artifacts.grid[index].further["execution_latency_ms"]
        assert LATENCIES[latency.places[index]] == wanted
    assert latency.texts == ("20 ms", "200 ms")
