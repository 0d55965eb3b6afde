"""Sets that share what their trades come to: each leaves the bytes that it leaves alone."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from backtesting.engine.config import BacktestConfig
from backtesting.engine.kernel import layout
from backtesting.search.candidates import SweepWindow, find_candidates
from backtesting.search.families import SetTable
from backtesting.search.grid import SweepAxes, build_parameter_grid
from backtesting.search.groups import SweepInputs, group_sets
from backtesting.search.replaying import TimeBuckets, replay_sets, replay_trades
from marketdata.synthetic import make_recording
from pairings.rules import PairingRules
from tests.backtesting.engine.running import event_store
from tests.tapes import MS, book, top, triangle

if TYPE_CHECKING:
    from backtesting.search.candidates import Candidates
    from backtesting.search.figures import SetFigures
    from marketdata.columns import BookColumns
    from tests.backtesting.engine.twin.market import Event

SYMBOLS = ("BTC/USD", "ETH/BTC", "ETH/USD")
FREE = BacktestConfig(
    fee_profile="zero", fill_model="replayed", execution_latency_ms=20.0, trade_capital=300.0
)
# ETH/USD far above what ETH costs over BTC: 3040 / 3000 - 1 = 1.33 %.
HIGH = (3040.0, 3040.5)


def candidates_of(
    columns: BookColumns, rules: dict[str, PairingRules], configs: list[BacktestConfig]
) -> Candidates:
    """Return the candidates of configs that differ in their axes' values alone."""
    base = configs[0]
    axes = SweepAxes(
        min_profit_threshold=(min(config.min_profit_threshold for config in configs),),
        trade_capital=(base.trade_capital,),
    )
    grid = build_parameter_grid(axes, base)
    inputs = SweepInputs(base=base, rules=rules, balances={"USD": 1000.0})
    (group,) = group_sets(grid, inputs, columns.symbols)
    return find_candidates(SweepWindow.of(columns), group.plan(columns, rules))


def replayed(found: Candidates, configs: list[BacktestConfig]) -> SetFigures:
    times = found.window.columns.time_us
    buckets = TimeBuckets(begin_us=int(times[0]), end_us=int(times[-1]), count=16)
    return replay_sets(found, SetTable.of(configs, found.plan.assets), buckets)


def hold_together_to_alone(found: Candidates, configs: list[BacktestConfig]) -> SetFigures:
    together = replayed(found, configs)
    for at, config in enumerate(configs):
        alone = replayed(found, [config])
        for name in ("summaries", "ending", "buckets", "active"):
            one, other = getattr(together, name)[at], getattr(alone, name)[0]
            assert one.tobytes() == other.tobytes(), (name, config, one, other)
    return together


def varied(base: BacktestConfig) -> list[BacktestConfig]:
    thresholds = (-0.001, 0.0, 0.0005, 0.001, 0.002, 0.004, 0.008)
    choices = product(thresholds, (None, 5.0, 50.0, 500.0), ("always", "after_reset"))
    return [
        replace(base, min_profit_threshold=threshold, staleness_threshold_ms=stale, reentry=reentry)
        for threshold, stale, reentry in choices
    ]


def test_what_decides_whether_to_trade_makes_no_other_family() -> None:
    one = FREE
    alike = [
        one,
        replace(one, min_profit_threshold=0.01),
        replace(one, staleness_threshold_ms=5.0),
        replace(one, reentry="always"),
        replace(one, seed=7),
    ]

    families = SetTable.of(alike, []).families

    assert families.tolist() == [families[0]] * 5
    assert families[0] >= 0


@pytest.mark.parametrize(
    "other",
    [
        {"trade_capital": 50.0},
        {"execution_latency_ms": 5.0},
        {"slippage_bps": 1.0},
        {"max_depth_levels": 3},
        {"fill_model": "modeled"},
    ],
)
def test_what_a_trade_comes_to_makes_another_family(other: dict[str, Any]) -> None:
    configs = [FREE, FREE, replace(FREE, **other), replace(FREE, **other)]

    found = SetTable.of(configs, [])

    one, two = sorted(set(found.families.tolist()))
    assert found.families[found.order].tolist() == [one, one, two, two]


@pytest.mark.parametrize("name", ["latency_jitter_ms", "max_concurrent_trades"])
def test_trades_that_depend_on_their_number_or_on_others_are_not_shared(name: str) -> None:
    changed: dict[str, Any] = {name: 2}
    busy = replace(FREE, **changed)

    assert SetTable.of([busy, busy], []).families.tolist() == [-1, -1]


@cache
def stress() -> tuple[BookColumns, dict[str, PairingRules]]:
    tape = make_recording("stress", 20_000, seed=3)
    return tape.columns(), {row.symbol: row for row in tape.pairings}


@pytest.mark.slow
@pytest.mark.parametrize("fill_model", ["replayed", "modeled"])
@pytest.mark.parametrize("capital", [40.0, 900.0])
@pytest.mark.parametrize("latency_ms", [0.0, 300.0])
def test_on_lifelike_books_no_set_is_different(
    fill_model: str, capital: float, latency_ms: float
) -> None:
    columns, rules = stress()
    base = replace(
        FREE, fill_model=fill_model, trade_capital=capital, execution_latency_ms=latency_ms
    )
    configs = varied(base)

    together = hold_together_to_alone(candidates_of(columns, rules, configs), configs)

    assert together.summaries["trades"].min() < together.summaries["trades"].max()
    assert together.summaries["trades"].max() > 50


def hand_made(events: list[Event], **config: Any) -> SetFigures:
    """Return what two sets of a family came to, held to each of them alone."""
    base = replace(FREE, **config)
    configs = [base, replace(base, staleness_threshold_ms=1e6)]
    rules = {symbol: PairingRules.from_symbol(symbol) for symbol in SYMBOLS}
    columns = event_store(events, SYMBOLS).columns
    return hold_together_to_alone(candidates_of(columns, rules, configs), configs)


def test_a_trade_that_is_never_sold_is_in_flight_even_at_the_last_tick() -> None:
    # Leg 2 finds ETH/BTC gone up, and nobody bids for the BTC of leg 1 any more.
    events = [
        *triangle(eth_usd=HIGH),
        book("BTC/USD", t=10 * MS, asks=[(60000.0, 1000)]),
        top("ETH/BTC", 0.0599, 0.06, t=10 * MS),
        top("ETH/BTC", 0.04999, 0.05, t=1000 * MS),
    ]

    found = hand_made(events).summaries[0]

    assert (found["opportunities"], found["trades"], found["unsold"]) == (2, 1, 1)
    assert found["misses"][layout.MAX_CONCURRENT_TRADES] == 1


def test_a_missed_trade_re_arms_its_cycle_while_the_edge_stands() -> None:
    # The ask of leg 1 rises by 10 bps, beyond the limit of 4; 1.23 % of edge is left.
    events = [
        *triangle(eth_usd=HIGH),
        top("BTC/USD", 59999.9, 60060.0, t=10 * MS),
        top("BTC/USD", 59999.9, 60060.0, t=100 * MS),
        top("BTC/USD", 59999.9, 60060.0, t=1000 * MS),
    ]

    found = hand_made(events).summaries[0]

    assert (found["opportunities"], found["trades"], found["missed"]) == (4, 2, 1)
    # One at 10 ms, while the first trade is in flight, and one at 1 s, after the second.
    assert found["misses"][layout.NOT_REARMED] == 2


def test_what_an_earlier_trade_took_is_missing_for_the_next_one() -> None:
    # Only 0.12 ETH are bid for at 3040; 0.1 ETH are sold for 300 USD, then 0.02 can be.
    def thin(t: int) -> Event:
        return book("ETH/USD", t=t, bids=[(3040.0, 0.12)], asks=[(3040.5, 1000)])

    events = [*triangle(eth_usd=HIGH)[:2], *(thin(t * MS) for t in (0, 1000, 2000, 3000))]

    found = hand_made(events, reentry="always").summaries[0]

    # The second trade's third leg fills a fifth; what it could not sell stays on offer.
    assert (found["trades"], found["unsold"]) == (2, 1)
    assert found["fill_rate"] == pytest.approx((5 + 0.2) / 6)


def test_trades_one_by_one_are_those_that_the_figures_are_made_of() -> None:
    columns, rules = stress()
    configs = varied(FREE)
    found = candidates_of(columns, rules, configs)
    table = SetTable.of(configs, found.plan.assets)
    figures = replayed(found, configs)
    chosen = np.array([3, 20, 41])

    seen = dict(replay_trades(found, table.chosen(chosen)))

    for place, at in enumerate(chosen):
        summary = figures.summaries[at]
        assert len(seen[place]) == summary["executed"] + summary["failed"] > 0
        assert float(np.add.reduce(seen[place]["pnl"])) == pytest.approx(summary["pnl"])
        assert (np.diff(seen[place]["completed"]) >= 0).all()


def test_no_set_has_no_trades() -> None:
    columns, rules = stress()
    found = candidates_of(columns, rules, [FREE])
    none = SetTable.of([FREE], found.plan.assets).chosen(np.array([], np.int64))

    assert list(replay_trades(found, none)) == []
