"""Gates, luck, verdict and neighbors of sets, in words that agree with the search."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backtesting.analysis.sweeps.comparing import axis_rows, score_rows, window_rows
from backtesting.analysis.sweeps.digest import SweepDigest, digest_of
from backtesting.analysis.sweeps.gates import READY_GATES, ready_gates, robust_gates
from backtesting.analysis.sweeps.luck import luck_rows
from backtesting.analysis.sweeps.neighbors import neighbors_of
from backtesting.analysis.sweeps.verdict import verdict_of
from backtesting.search.neighbors import agreement
from tests.backtesting.sweeps import EASY, SETS, artifacts_of

EASILY = tuple(sorted(EASY.items()))


@pytest.fixture
def digest() -> SweepDigest:
    return digest_of(artifacts_of())


@pytest.mark.parametrize("limits", [(), EASILY])
def test_the_marks_are_those_of_the_failed_gates(limits: tuple[tuple[str, float], ...]) -> None:
    artifacts = artifacts_of(limits)

    for index in range(SETS):
        result = artifacts.result(index)
        ready, robust = ready_gates(artifacts, result), robust_gates(artifacts, result)

        failed = [gate.gate for gate in ready if not gate.passes]
        assert failed == [gate.gate for gate in result.failed_gates]
        failed = [gate.gate for gate in robust if gate.passes is False]
        assert failed == [gate.gate for gate in result.failed_robust_gates]
        assert all(gate.passes for gate in robust) == result.robust


def test_a_mark_has_the_value_and_limit_of_its_failed_gate() -> None:
    artifacts = artifacts_of()
    result = next(one for one in artifacts.results if one.failed_gates)

    marks = {gate.gate: gate for gate in ready_gates(artifacts, result)}

    assert tuple(marks) == READY_GATES
    for gate in result.failed_gates:
        assert (marks[gate.gate].value, marks[gate.gate].limit) == (gate.value, gate.limit)


def test_too_little_to_measure_is_said_and_not_judged(digest: SweepDigest) -> None:
    index = int(np.flatnonzero(digest.ready)[0])

    rows = {row.words: row for row in luck_rows(digest, index)}

    assert "insufficient" in rows["Deflated Sharpe ratio"].reason
    assert rows["Deflated Sharpe ratio"].value is None
    assert rows["Mean P&L of a test trade, 90 % bounds"].passes is None
    assert rows["Sets tried on this data"].value == digest.artifacts.luck.trials


def test_luck_of_a_set_that_can_be_measured() -> None:
    digest = digest_of(artifacts_of(EASILY))
    index = int(np.flatnonzero(digest.robust)[0])

    rows = {row.words: row for row in luck_rows(digest, index)}

    bounds = rows["Mean P&L of a test trade, 90 % bounds"]
    assert bounds.passes is True
    assert bounds.low <= bounds.high
    assert rows["Probability of overfitting"].passes is True
    assert rows["Share of test P&L from the best five trades"].value is not None
    wins = rows["Win rate in test, 90 % bounds"]
    assert 0 <= wins.low <= digest.columns["test_win_rate"][index] <= wins.high <= 1


def test_neighbors_are_one_step_away_and_as_many_as_the_search_counts(digest: SweepDigest) -> None:
    axes = list(digest.artifacts.axes.by_name().values())
    around, agreeing = agreement(axes, digest.ready)

    for index in range(SETS):
        found = neighbors_of(digest, index)
        assert len(found) == around[index]
        assert sum(one.is_ready for one in found) == agreeing[index]
        for one in found:
            steps = [abs(axis.places[one.index] - axis.places[index]) for axis in digest.axes]
            assert sum(steps) == 1


def test_the_verdict_names_the_winner_and_what_others_lack(digest: SweepDigest) -> None:
    verdict = verdict_of(digest)

    assert verdict.level == "ready"
    assert verdict.winner.index == digest.winner
    assert (verdict.sets, verdict.ready, verdict.robust) == (SETS, int(digest.ready.sum()), 0)
    assert digest.ready[verdict.best_ready]
    assert {gate.sets for gate in verdict.lacks} == set(digest.failing_robust.values())


@pytest.mark.parametrize(
    ("change", "level"),
    [
        ({"robust": np.ones(SETS, np.bool_), "ready": np.ones(SETS, np.bool_)}, "robust"),
        ({"ready": np.zeros(SETS, np.bool_)}, "none"),
    ],
)
def test_the_level_is_that_of_the_best_there_is(
    digest: SweepDigest, change: dict[str, object], level: str
) -> None:
    assert verdict_of(replace(digest, **change)).level == level  # type: ignore[arg-type]  # by name


def test_a_sweep_without_a_trade_is_told_from_one_without_in_test(digest: SweepDigest) -> None:
    none = np.zeros(SETS)
    without = replace(
        digest,
        ready=np.zeros(SETS, np.bool_),
        columns={**digest.columns, "test_trades": none},
    )
    at_all = replace(without, columns={**without.columns, "train_trades": none})

    assert verdict_of(without).level == "idle"
    assert verdict_of(at_all).level == "nothing"


def test_sets_are_compared_row_by_row(digest: SweepDigest) -> None:
    results = [digest.artifacts.result(index) for index in (0, 1)]

    rows = {row.words: row for row in window_rows([one.test for one in results])}
    axes = {row.words: row for row in axis_rows(digest, [0, 1])}

    assert rows["P&L"].cells == tuple(one.test["realized_pnl_usd"] for one in results)
    assert axes["Latency per order"].differs
    assert not axes["Capital per trade"].differs
    assert score_rows(results)[0].cells == tuple(one.train_score for one in results)
