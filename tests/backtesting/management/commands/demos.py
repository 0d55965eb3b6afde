"""A worker for the demo that needs no process of its own."""

from __future__ import annotations

from typing import Self

from backtesting.runner import backtest_worker


class WorkerOfThisProcess:
    """Works in the process of the test, where the database in memory is."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def see_to_it(self) -> None:
        backtest_worker()
