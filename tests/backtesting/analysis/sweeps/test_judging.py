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
from backtesting.search.promotion import FailedGate
from tests.backtesting.sweep_samples import EASY, SETS, artifacts_of

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


def test_a_gate_that_was_not_judged_shows_no_figure(digest: SweepDigest) -> None:
    artifacts = digest.artifacts
    found = (robust_gates(artifacts, artifacts.result(index)) for index in range(SETS))
    unjudged = [gate for gates in found for gate in gates if gate.passes is None]

    assert {gate.gate for gate in unjudged} == {"pnl_bound", "deflated_sharpe", "overfitting"}
    assert {gate.reason for gate in unjudged} == {"not judged"}
    assert all(gate.value is None for gate in unjudged if gate.gate != "overfitting")


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


def test_neighbors_are_one_number_away(digest: SweepDigest) -> None:
    # Three thresholds, two capitals, two latencies; universes have no order.
    counts = [len(neighbors_of(digest, index)) for index in range(SETS)]

    assert (min(counts), max(counts), sum(counts)) == (3, 4, 8 * (3 + 4 + 3))
    for index in range(SETS):
        for one in neighbors_of(digest, index):
            steps = [abs(axis.places[one.index] - axis.places[index]) for axis in digest.axes]
            assert sum(steps) == 1
            assert one.words != "Universe"
            assert one.is_ready == digest.ready[one.index]
            assert one.test_pnl == digest.columns["test_pnl"][one.index]


def test_no_limit_lies_above_all_numbers(digest: SweepDigest) -> None:
    axes = replace(digest.artifacts.axes, min_profit_threshold=(0.2, None, 0.1))  # type: ignore[arg-type]  # only its order counts
    changed = replace(digest, artifacts=replace(digest.artifacts, axes=axes))
    threshold = changed.axes[0]

    found = {
        place: [
            int(threshold.places[one.index])
            for one in neighbors_of(changed, place * (SETS // 3))
            if one.words == threshold.words
        ]
        for place in range(3)
    }

    # In order: 0.1 (place 2), 0.2 (place 0), none (place 1).
    assert found == {0: [2, 1], 1: [0], 2: [0]}


def test_a_gate_without_words_goes_by_its_name_and_is_shown_where_it_fails() -> None:
    artifacts = artifacts_of()
    result = artifacts.results[0]
    new = FailedGate(gate="some_new_gate", value=1.0, limit=2.0)

    marks = robust_gates(artifacts, replace(result, failed_robust_gates=(new,)))

    assert (marks[-1].words, marks[-1].value, marks[-1].passes) == ("Some new gate", 1.0, False)


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
    assert not axes["Trade capital"].differs
    assert score_rows(results)[0].cells == tuple(one.train_score for one in results)
