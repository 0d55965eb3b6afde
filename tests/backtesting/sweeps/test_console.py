"""What a trader reads of a sweep on a terminal: whole numbers, plain words, the remedy."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from backtesting.search.options import SearchOptions
from backtesting.search.promotion import FailedGate, PromotionCriteria, failed_gates
from backtesting.search.robustness import Evidence, failed_robust_gates
from backtesting.sweep import run_parameter_search
from backtesting.sweeps.console import print_sweep
from backtesting.sweeps.words import failure, verdict
from tests.backtesting.search.noise import market, sweep_of
from tests.backtesting.search.rows import NOTHING, edges, plan, summaries

if TYPE_CHECKING:
    from backtesting.sweep import SweepArtifacts


def shown(artifacts: SweepArtifacts, width: int = 80) -> str:
    written = StringIO()
    print_sweep(Console(file=written, width=width), artifacts)
    return written.getvalue()


def swept(options: SearchOptions | None = None, **axes: Any) -> SweepArtifacts:
    return run_parameter_search(plan(edges(60), options, **axes))


def test_a_robust_winner_is_told_with_its_bounds_and_neighbors() -> None:
    found = sweep_of(market(3, share=0.5, lasts_steps=15), 0.5, thetas_bps=(1, 2, 3, 4, 5))

    text = shown(found)

    assert "It passes every gate of robust." in text
    assert "100% of them won (between 97% and 100%, at 90 %)" in text
    assert "neighbors in the grid are promotion_ready" in text
    assert "Probability of overfitting: 0%" in text


def test_no_figure_is_cut_at_the_width_of_a_terminal() -> None:
    found = swept(
        trade_capital=(100.0, 900.0),
        staleness_threshold_ms=(None, 1000.0),
        execution_latency_ms=(2.0, 20.0),
        slippage_bps=(4.0, 8.0),
    )

    text = shown(found)

    assert "…" not in text
    assert max(map(len, text.splitlines())) <= 80
    # 42 edges of 1.33 % in train: 12 USD of 900 each.
    assert "+504.00" in text
    rows = [line for line in text.splitlines() if "+504.00" in line]
    assert all("ready" in line or "fails" in line for line in rows)


def test_a_steady_edge_that_fails_the_gap_is_told_why() -> None:
    text = " ".join(shown(swept(trade_capital=(900.0,))).split())

    assert "fails 1" in text
    assert "gap between train and test: 0.5" in text
    assert "Train is 2.3 times as long as test" in text
    assert "A train ratio of 0.5 compares windows of equal length." in text
    assert "promotion_ready sets only" not in text


def test_a_verdict_names_what_is_failed() -> None:
    (found,) = swept(min_profit_threshold=(0.5,)).results

    assert verdict(found) == "fails P&L, wins, fills, gap"


def test_equal_windows_need_no_such_words() -> None:
    strict = PromotionCriteria(max_generalization_gap=-1.0)

    text = shown(swept(SearchOptions(train_ratio=0.5, criteria=strict)))

    assert "fails 1" in text
    assert "times as long" not in text


def test_a_grid_without_trades_says_so() -> None:
    text = " ".join(shown(swept(min_profit_threshold=(0.5, 0.6))).split())

    assert "no trade was finished" in text
    assert "win rate: -, at least 0.5 (no trade was finished)" in text
    assert "no two sets did anything different" in text


def test_a_walk_forward_ends_in_its_sum() -> None:
    found = swept(SearchOptions(folds=3))

    text = shown(found)

    assert "in all" in text
    assert f"{sum(fold.test_pnl for fold in found.folds):+,.2f}" in text


def test_every_gate_has_words() -> None:
    nothing = Evidence(
        is_ready=False,
        fill_model="modeled",
        test_trades=0,
        active_buckets=0,
        pnl_bound=NOTHING,
        deflated=NOTHING,
        overfitting=None,
    )
    enough = PromotionCriteria(min_test_trades=0, min_test_buckets=0)
    (row,) = summaries({"pnl": -1.0, "win_rate": NOTHING, "fill_rate": 0.0, "drawdown": 99.0})
    gates: list[FailedGate] = [
        *failed_gates(row, NOTHING, PromotionCriteria()),
        *failed_robust_gates(nothing, PromotionCriteria()),
        *failed_robust_gates(nothing, enough),
    ]

    words = [failure(gate) for gate in gates]

    assert len({gate.gate for gate in gates}) == 12
    assert all(" " in line and "_" not in line.replace("promotion_ready", "") for line in words)


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        (FailedGate(gate="max_drawdown", value=30.0, limit=25.0), "drawdown: 30, at most 25"),
        (
            FailedGate(gate="fill_model", value="modeled", limit="replayed"),
            "fill model: modeled, it must be replayed",
        ),
    ],
)
def test_a_failure_names_value_and_limit(gate: FailedGate, words: str) -> None:
    assert failure(gate) == words
