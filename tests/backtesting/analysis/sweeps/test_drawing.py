"""Heat map, scatter, lines and importance, held to the sets they are made of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backtesting.analysis.sweeps.digest import SweepDigest, digest_of
from backtesting.analysis.sweeps.drawing import parallel, pnl_over_time, scatter, spread
from backtesting.analysis.sweeps.heat import heat_map
from backtesting.analysis.sweeps.importance import importances
from tests.backtesting.sweep_samples import SETS, artifacts_of


@pytest.fixture
def digest() -> SweepDigest:
    return digest_of(artifacts_of())


def with_scores(digest: SweepDigest, scores: list[float]) -> SweepDigest:
    return replace(digest, columns={**digest.columns, "test_score": np.array(scores)})


def test_a_cell_shows_the_set_that_was_best_in_train(digest: SweepDigest) -> None:
    x, y = digest.axes[0], digest.axes[1]

    drawn = heat_map(digest, x, y, figure="test_pnl", way="best", promoted={0})

    assert len(drawn["cells"]) == 6
    for cell in drawn["cells"]:
        inside = [
            index
            for index in range(SETS)
            if (x.places[index], y.places[index]) == (cell["x"], cell["y"])
        ]
        best = min(inside, key=lambda index: int(digest.rank[index]))
        assert cell["index"] == best
        assert cell["value"] == digest.columns["test_pnl"][best]
        assert cell["sets"] == len(inside) == 4
        assert cell["ready"] == sum(digest.ready[index] for index in inside)
        assert cell["promoted"] == (0 in inside)


def test_a_mean_leaves_out_what_was_not_measured(digest: SweepDigest) -> None:
    x, y = digest.axes[0], digest.axes[1]

    drawn = heat_map(digest, x, y, figure="test_win_rate", way="mean", promoted=set())

    for cell in drawn["cells"]:
        inside = (x.places == cell["x"]) & (y.places == cell["y"])
        known = digest.columns["test_win_rate"][inside]
        known = known[~np.isnan(known)]
        assert cell["value"] == (pytest.approx(known.mean()) if len(known) else None)


def test_a_parameter_that_decides_all_explains_all(digest: SweepDigest) -> None:
    latency = digest.axis("execution_latency_ms")
    assert latency

    found = importances(with_scores(digest, [10.0 * place for place in latency.places]))

    assert (found[0].name, found[0].share, found[0].bar) == ("execution_latency_ms", 1.0, "100.00%")
    assert (found[0].best, found[0].best_mean) == ("200 ms", 10.0)
    assert [one.share for one in found[1:]] == [0.0, 0.0, 0.0]


def test_two_parameters_share_what_they_explain(digest: SweepDigest) -> None:
    # Scores 0, 1, 3, 4 over two axes of two values: means 0.5 and 3.5 by one, 1.5 and 2.5 by the
    # other. Between: 4 * (1.5^2 + ...) -> 9 and 1 of 10 in all.
    capital, latency = digest.axis("trade_capital"), digest.axis("execution_latency_ms")
    assert capital
    assert latency

    found = importances(with_scores(digest, (3.0 * capital.places + latency.places).tolist()))

    shares = {one.name: one.share for one in found}
    assert shares["trade_capital"] == pytest.approx(0.9)
    assert shares["execution_latency_ms"] == pytest.approx(0.1)


def test_nothing_is_explained_where_all_are_the_same(digest: SweepDigest) -> None:
    assert importances(with_scores(digest, [1.0] * SETS)) == ()


def test_every_set_is_a_dot_and_a_line(digest: SweepDigest) -> None:
    dots, lines = scatter(digest)["dots"], parallel(digest)["lines"]

    assert sorted(dot[0] for dot in dots) == sorted(line["index"] for line in lines)
    assert len(dots) == SETS
    [winner] = [dot for dot in dots if dot[0] == digest.winner]
    assert winner[1] == digest.columns["train_score"].max()
    assert all(len(line["places"]) == 4 and len(line["figures"]) == 3 for line in lines)


def test_of_many_sets_the_best_are_kept_and_the_rest_are_spread(digest: SweepDigest) -> None:
    kept = spread(digest, 10).tolist()

    assert len(set(kept)) == 10
    assert kept[:5] == digest.order[:5].tolist()
    assert kept[-1] == digest.order[-1]


def test_pnl_over_time_ends_at_the_pnl_of_the_windows() -> None:
    artifacts = artifacts_of()
    index = int(artifacts.order[0])

    drawn = pnl_over_time(artifacts, [index])

    [curve] = drawn["curves"]
    result = artifacts.result(index)
    assert curve["train"][-1] == pytest.approx(result.train["realized_pnl_usd"])
    assert curve["test"][-1] == pytest.approx(result.test["realized_pnl_usd"])
    assert len(drawn["time_ms"]) == len(curve["train"]) == 240
