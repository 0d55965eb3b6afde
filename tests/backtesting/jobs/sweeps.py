"""A small sweep of the recorded market of `markets`, and how it is run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backtesting.engine.config import BacktestConfig
from backtesting.jobs import BacktestJobRepository
from backtesting.requests import ReplayRequest
from backtesting.search.grid import SweepAxes
from backtesting.sweeps.requests import SweepRequest
from tests.backtesting.jobs.markets import SYMBOLS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backtesting.models import BacktestJob

THETAS = (0.0005, 0.005, 0.02)
CAPITALS = (10.0, 100.0)


def sweep_request(thetas: tuple[float, ...] = THETAS) -> SweepRequest:
    """Return a sweep of three thresholds, two capitals and two fees: two scans of six sets."""
    return SweepRequest(
        replay=ReplayRequest(
            config=BacktestConfig(fill_model="replayed"),
            symbols=tuple(SYMBOLS),
            recordings=("day",),
        ),
        axes=SweepAxes(
            min_profit_threshold=thetas,
            trade_capital=CAPITALS,
            further={"fee_rate": (0.0001, 0.001)},
        ),
    )


def submit_sweep(request: SweepRequest | None = None) -> BacktestJob:
    values = (request or sweep_request()).as_json()
    return BacktestJobRepository().submit("sweep", None, values)


def one_by_one(sizes: Sequence[int]) -> list[tuple[int, int, int]]:
    """Return slices of one set each."""
    return [(group, at, at + 1) for group, size in enumerate(sizes) for at in range(size)]
