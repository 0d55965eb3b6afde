"""A sweep as a whole: cut into parts, over threads, and what it says of the awkward cases."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from backtesting.search.grid import SweepError
from backtesting.search.options import SearchOptions
from backtesting.search.pruned import BUCKETS
from backtesting.search.search import first_bucket
from backtesting.search.windows import Split
from backtesting.sweep import TrialHistory, run_parameter_search
from tests.backtesting.search.rows import FREE, SYMBOLS, edges, plan
from tests.tapes import MS, top, triangle

if TYPE_CHECKING:
    from backtesting.search.figures import PartResult
    from backtesting.search.groups import SweepGroup
    from backtesting.search.search import SweepPlan

GRID: dict[str, Any] = {
    "min_profit_threshold": (0.0005, 0.001, 0.02),
    "trade_capital": (100.0, 300.0, 5000.0),
    "staleness_threshold_ms": (None, 100.0),
    "fee_rate": (0.0001, 0.0002),
}
CHARGED = replace(FREE, fee_profile=None, fee_rate=0.0001)


def swept(options: SearchOptions | None = None) -> SweepPlan:
    return plan(edges(40), options, CHARGED, **GRID)


def cut(group: SweepGroup, at: int) -> list[SweepGroup]:
    return [
        replace(group, indexes=group.indexes[part], configs=group.configs[part])
        for part in (slice(0, at), slice(at, None))
        if group.indexes[part]
    ]


def bytes_of(plan: SweepPlan, parts: list[PartResult]) -> str:
    return json.dumps(plan.artifacts(parts, TrialHistory()).as_json())


def test_the_result_is_the_same_whatever_the_cut() -> None:
    asked = swept(SearchOptions(folds=3))
    whole = bytes_of(asked, [asked.search().run(asked.groups)])

    one_by_one = [asked.search().run([group]) for group in asked.groups]
    sliced = [asked.search().run([part]) for group in asked.groups for part in cut(group, 7)]

    assert bytes_of(asked, one_by_one) == whole
    assert bytes_of(asked, one_by_one[::-1]) == whole
    assert bytes_of(asked, sliced[::-1]) == whole


def test_threads_change_no_byte() -> None:
    asked = swept()

    one, two, many = (run_parameter_search(asked, threads=threads) for threads in (1, 2, 7))

    assert json.dumps(one.as_json()) == json.dumps(two.as_json()) == json.dumps(many.as_json())


def test_progress_comes_to_an_end_and_what_it_raises_ends_the_search() -> None:
    asked = swept()
    seen: list[tuple[int, int]] = []

    run_parameter_search(asked, progress=lambda done, total: seen.append((done, total)))

    assert seen[-1] == (72, 72)  # 36 sets in two windows
    assert seen == sorted(seen)

    def stop(_done: int, _total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        run_parameter_search(asked, progress=stop)
    with pytest.raises(InterruptedError):
        run_parameter_search(asked, threads=2, progress=stop)


def test_a_set_without_trades_is_not_ready_and_says_why() -> None:
    found = run_parameter_search(swept()).result(32)  # theta 2 %, above every edge

    assert found.parameters.min_profit_threshold == 0.02
    assert found.test["trades_attempted"] == 0
    assert (found.train_score, found.test_score, found.generalization_gap) == (0.0, 0.0, None)
    assert [gate.gate for gate in found.failed_gates] == [
        "test_pnl",
        "win_rate",
        "fill_rate",
        "generalization_gap",
    ]
    assert [gate.value for gate in found.failed_gates] == [0.0, None, None, None]
    assert not found.robust


def test_best_first_goes_by_train_and_ties_by_index() -> None:
    found = run_parameter_search(swept())

    order = [(-result.train_score, result.index) for result in found.results]
    assert order == sorted(order)
    assert len({score for score, _ in order}) < len(order)


def test_a_universe_of_all_symbols_is_named_in_the_result() -> None:
    found = run_parameter_search(plan(edges(10)))

    assert found.result(0).parameters.universe == SYMBOLS


def test_a_named_symbol_without_events_is_refused() -> None:
    with pytest.raises(SweepError, match="names SOL/USD, of which there is no event; there"):
        plan(edges(10), universe=((*SYMBOLS, "SOL/USD"),))


def test_a_universe_without_a_triangle_is_refused() -> None:
    with pytest.raises(SweepError, match="the universe BTC/USD,ETH/USD: no triangle"):
        plan(edges(10), universe=(("ETH/USD", "BTC/USD"),))


@pytest.mark.parametrize(
    ("split_us", "first"),
    [
        (0, 0),
        (168_000, 168),  # 0.7 of 240,000
        (168_001, 169),
        (167_999, 168),
        (240_000, 240),
    ],
)
def test_test_buckets_begin_at_or_after_the_split(split_us: int, first: int) -> None:
    assert first_bucket(Split(0, split_us, 240_000)) == first


def test_pnl_is_in_the_bucket_of_completion() -> None:
    # 24 edges a second apart over 23.5 s: buckets of 98 ms. A trade of three legs and no dust
    # completes 60 ms after its edge.
    part = run_parameter_search(plan(edges(24), SearchOptions(train_ratio=0.5))).part

    train, test = (part.figures[at].buckets[0] for at in (0, 1))
    expected = {int((at * 1000 + 60) / 23_500 * BUCKETS) for at in range(24)}
    assert set(np.flatnonzero(train + test)) == expected
    assert train.sum() == pytest.approx(part.figures[0].summaries["pnl"][0])
    assert part.figures[1].active.tolist() == [12]


def test_a_bucket_whose_trades_cancel_out_still_has_a_trade() -> None:
    # At a threshold below 0 flat books trade too; nothing is won or lost where bid and ask meet.
    flat = [
        top(symbol, bid, ask, t=at * 1000 * MS)
        for at in range(40)
        for symbol, bid, ask in (
            ("BTC/USD", 63999.0, 64000.0),
            ("ETH/BTC", 0.0624, 0.0625),
            ("ETH/USD", 4000.0, 4001.0),
        )
    ]

    part = run_parameter_search(
        plan(flat, min_profit_threshold=(-0.0001,), trade_capital=(64.0,), reentry=("always",))
    ).part

    figures = part.figures[1]
    assert figures.summaries["executed"][0] == 12
    assert figures.summaries["pnl"][0] == 0.0
    assert figures.active[0] == 12


def test_a_trade_open_at_the_cut_is_settled_in_its_own_window() -> None:
    # The edge begins 10 ms before the split and is gone 5 ms after it; orders take 20 ms each.
    # In train the edge is the last that is seen, and the trade meets it to the end.
    events = [
        *triangle(0),
        *triangle(990 * MS, eth_usd=(3040.0, 3040.5)),
        *triangle(1005 * MS),
        *triangle(2000 * MS),
    ]

    found = run_parameter_search(plan(events, SearchOptions(train_ratio=0.5))).result(0)

    # 100 USD buy 0.00166666 BTC and 0.0333332 ETH, sold at 3040.
    assert found.train["trades_executed"] == 1
    assert found.train["realized_pnl_usd"] == pytest.approx(1.333, abs=1e-3)
    assert found.test["trades_attempted"] == 0


def test_the_walk_forward_chooses_in_train_and_is_judged_in_test() -> None:
    found = run_parameter_search(swept(SearchOptions(folds=3)))

    assert len(found.folds) == 3
    for at, fold in enumerate(found.folds, 1):
        train, test = found.scores(2 * at), found.scores(2 * at + 1)
        assert fold.best == int(np.argmax(train))
        assert (fold.train_score, fold.test_score) == (train[fold.best], test[fold.best])


def test_the_fingerprint_names_what_a_sweep_rests_on() -> None:
    names = {
        plan(edges(10), **axes).fingerprint
        for axes in ({}, {"trade_capital": (1.0,)}, {"reentry": ("always",)})
    }

    assert len(names) == 3
    assert plan(edges(10)).fingerprint == plan(edges(10)).fingerprint
