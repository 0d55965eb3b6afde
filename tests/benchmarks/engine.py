"""How fast the engine replays, alone and beside its readable twin."""

from __future__ import annotations

import gc
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from backtesting.engine.config import BacktestConfig
from backtesting.engine.engine import BacktestReplayEngine
from backtesting.engine.events import EventStore
from marketdata.columns import SYMBOL_MASK
from pairings.cycles import CurrencyGraph
from tests.backtesting.engine.twin import replay
from tests.backtesting.engine.twin.pairs import PairingRow
from tests.benchmarks.tapes import START_ASSETS, THETA, Kind, benchmark_pairings, benchmark_tape
from tests.benchmarks.timing import best_seconds, seconds

if TYPE_CHECKING:
    from marketdata.columns import BookColumns
    from tests.backtesting.engine.twin.market import Event
    from tests.benchmarks.workbench import Workbench

BALANCES: Final = dict.fromkeys(START_ASSETS, 1e9)
CONFIG: Final = BacktestConfig(
    fill_model="replayed", start_assets=START_ASSETS, min_profit_threshold=THETA
)
_TWIN_EVENTS: Final = 200_000
_TWIN_RUNS: Final = 2
_ENGINE_RUNS: Final = 10


def engine_events_per_s(bench: Workbench) -> float:
    """Events over the best time of `run()`, first event to finished report, on the quiet tape.

    Columns and engine object are made before; `replayed` fills, every counter exact, one core.
    """
    return _events_per_s("quiet", bench)


def engine_events_per_s_3pct(bench: Workbench) -> float:
    """Measured as `engine_events_per_s`, on the busy tape: 3 % opportunities."""
    return _events_per_s("busy", bench)


def engine_events_per_s_standing(bench: Workbench) -> float:
    """Measured as `engine_events_per_s`, where a quarter of all looks has a gross edge."""
    return _events_per_s("standing", bench)


def twin_events_per_s(bench: Workbench) -> float:
    """Events over the best of two runs of the readable twin on the quiet tape's first 200,000."""
    events = min(bench.events, _TWIN_EVENTS)
    return events / _beside_twin(events)[1]


def engine_over_twin(bench: Workbench) -> float:
    """The twin's best time over the engine's, on the quiet tape's first 200,000 events.

    The same events in the same process, in turns: ten runs of the engine, one of the twin, twice.
    """
    engine_s, twin_s = _beside_twin(min(bench.events, _TWIN_EVENTS))
    return twin_s / engine_s


def make_engine(columns: BookColumns, config: BacktestConfig = CONFIG) -> BacktestReplayEngine:
    """Return an engine over a benchmark tape with ample balances."""
    rules = {pairing.symbol: pairing for pairing in benchmark_pairings()}
    cycles = CurrencyGraph(rules.values()).cycles(config.starts)
    return BacktestReplayEngine(config, EventStore(columns=columns), cycles, BALANCES, rules=rules)


@cache
def compile_engine() -> None:
    """Have every compiled function ready: what the first run pays is not what is measured."""
    make_engine(benchmark_tape("busy", 20_000)).run()


def _events_per_s(kind: Kind, bench: Workbench) -> float:
    compile_engine()
    columns = benchmark_tape(kind, bench.events)
    if bench.once:
        return bench.events / seconds(BacktestReplayEngine.run, make_engine(columns))
    return bench.events / best_seconds(lambda: make_engine(columns), BacktestReplayEngine.run)


@cache
def _beside_twin(events: int) -> tuple[float, float]:
    """Return the best times of engine and twin, in seconds."""
    compile_engine()
    columns = benchmark_tape("quiet", events)
    as_dicts = _twin_events(columns)
    gc.collect()
    gc.freeze()  # millions of tuples that no collection during the twin's runs should visit
    engine_s, twin_s = [], []
    for _ in range(_TWIN_RUNS):
        engine_s += [
            seconds(BacktestReplayEngine.run, make_engine(columns)) for _ in range(_ENGINE_RUNS)
        ]
        twin_s.append(seconds(_run_twin, as_dicts))
    gc.unfreeze()
    return min(engine_s), min(twin_s)


def _run_twin(events: list[Event]) -> None:
    rows = [
        PairingRow(
            symbol=pairing.symbol,
            base=pairing.base,
            quote=pairing.quote,
            lot_decimals=pairing.lot_decimals,
            order_min=pairing.order_min,
            cost_min=pairing.cost_min,
            taker_fee=pairing.taker_fee,
        )
        for pairing in benchmark_pairings()
    ]
    config = {
        "fill_model": CONFIG.fill_model,
        "start_assets": list(START_ASSETS),
        "min_profit_threshold": THETA,
    }
    replay(events, pairings=rows, config=config, balances=BALANCES)


def _twin_events(columns: BookColumns) -> list[Event]:
    levels = [(price, quantity) for price, quantity in columns.levels.tolist()]
    symbols = [columns.symbols[symbol] for symbol in (columns.symbol & SYMBOL_MASK).tolist()]
    rows = zip(
        columns.time_us.tolist(),
        symbols,
        pairwise(columns.depth_start.tolist()),
        columns.bid_count.tolist(),
        strict=True,
    )
    return [
        {
            "t": t,
            "symbol": symbol,
            "bids": levels[start : start + bids],
            "asks": levels[start + bids : stop],
        }
        for t, symbol, (start, stop), bids in rows
    ]
