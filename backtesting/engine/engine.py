"""The replay itself: columns in, report out.

The order of work is the kernel's (`kernel/loop.py`); here tables grow between ticks, and the
caller hears of progress.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from backtesting.engine.config import DEFAULT_BALANCE, BacktestConfig, check_balances
from backtesting.engine.events import EventStore, ReplayBookEvent
from backtesting.engine.fees import AccountRates, FeeRate, resolve_fees
from backtesting.engine.kernel.loop import advance, settle
from backtesting.engine.plan import Plan, build_run, most_looks, unrolled
from backtesting.engine.results import build_report
from backtesting.engine.room import grow, levels_a_trade
from pairings.rules import PairingRules

if TYPE_CHECKING:
    from backtesting.engine.kernel.layout import Run
    from backtesting.engine.report import BacktestReport
    from pairings.cycles import Cycle

Progress = Callable[[int, int], None]
# Work between two calls of the progress callback, in looks of the hot loop: 0.5 to 10 ms. After
# each stride the pages of mapped columns that it read are let go, so that a stride bounds them.
_STRIDE = 1 << 18


class BacktestReplayEngine:
    """Replays events over cycles, once.

    `events` is an EventStore, or ReplayBookEvents in replay order; `balances` by asset; `rules` by
    symbol, taken from the symbols' names where missing; `fees` by symbol, resolved by the
    standard's section 8 from config, rules and `account` where not given. Raises ConfigError and
    FeeError with the remedy.
    """

    def __init__(
        self,
        config: BacktestConfig,
        events: EventStore | Sequence[ReplayBookEvent],
        cycles: Sequence[Cycle],
        balances: Mapping[str, float] | None = None,
        *,
        rules: Mapping[str, PairingRules] | None = None,
        fees: Mapping[str, FeeRate] | None = None,
        account: AccountRates | None = None,
    ) -> None:
        self._events = events if isinstance(events, EventStore) else EventStore.from_events(events)
        known = rules or {}
        by_symbol = {
            symbol: known.get(symbol) or PairingRules.from_symbol(symbol)
            for symbol in self._events.symbols
        }
        traded = {leg.symbol for cycle in cycles for leg in cycle.legs}
        self._plan = Plan(
            columns=self._events.columns,
            config=config,
            cycles=cycles,
            rules=by_symbol,
            fees=fees or resolve_fees(config, by_symbol.values(), account, traded=traded),
            balances=check_balances(
                {config.quote_asset: DEFAULT_BALANCE} if balances is None else balances
            ),
        )

    def run(self, progress: Progress | None = None) -> BacktestReport:
        """Replay every event and return the report.

        `progress` is called with events done and in all, at least every 100 ms of work; what it
        raises ends the replay.
        """
        run = self._settle(self._advance(build_run(self._plan), progress))
        return build_report(
            self._plan,
            run,
            rejected_events=self._events.rejected_events,
            recordings=self._events.recordings,
            is_synthetic=self._events.is_synthetic,
            data_fingerprint=self._events.fingerprint,
        )

    def _advance(self, run: Run, progress: Progress | None) -> Run:
        width, stop = unrolled(run), len(self._plan.columns)
        levels = levels_a_trade(self._plan)
        stride = max(1, _STRIDE // max(4, most_looks(run)))
        row = 0
        while row < stop:
            row = advance(run, width, row, stop, stride, levels)
            run = grow(run, levels)
            self._plan.columns.let_go()
            if progress:
                progress(row, stop)
        return run

    def _settle(self, run: Run) -> Run:
        if len(self._plan.columns):
            settle(run, self._plan.columns.time_us[-1])
        return run
