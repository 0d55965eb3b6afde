"""The gates that an opportunity passes, in their order (section 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.backtesting.engine.twin.walk import walk

if TYPE_CHECKING:
    from collections.abc import Container, Sized

    from tests.backtesting.engine.twin.account import Account
    from tests.backtesting.engine.twin.cycles import Cycle
    from tests.backtesting.engine.twin.market import Market
    from tests.backtesting.engine.twin.settings import Settings
    from tests.backtesting.engine.twin.walk import Walk


class Gates:
    """`disarmed` and `in_flight` are looked at, never changed, and so are market and account."""

    def __init__(
        self,
        settings: Settings,
        *,
        market: Market,
        account: Account,
        disarmed: Container[tuple[str, str, str]],
        in_flight: Sized,
    ) -> None:
        self._settings = settings
        self._market = market
        self._account = account
        self._disarmed = disarmed
        self._in_flight = in_flight

    def judge(self, cycle: Cycle, t: int) -> tuple[float, Walk] | str:
        """Return capital and walk of the trade that may start, else the miss reason."""
        if reason := self._closed(cycle, t):
            return reason
        mark = self._market.mark(cycle.assets[0])
        if mark is None:
            return "no_mark"
        capital = self._settings.trade_capital / mark
        if self._account.free.get(cycle.assets[0], 0.0) < capital:
            return "insufficient_balance"
        walked = walk(cycle, capital, self._market.books, self._settings.max_depth_levels)
        if walked is None:
            return "insufficient_depth"
        return _eroded(cycle, walked, self._settings.min_profit_threshold) or (capital, walked)

    def _closed(self, cycle: Cycle, t: int) -> str | None:
        if self._is_stale(cycle, t):
            return "stale_book"
        if self._settings.reentry == "after_reset" and cycle.assets in self._disarmed:
            return "not_rearmed"
        if len(self._in_flight) >= self._settings.max_concurrent_trades:
            return "max_concurrent_trades"
        return None

    def _is_stale(self, cycle: Cycle, t: int) -> bool:
        threshold_ms = self._settings.staleness_threshold_ms
        if threshold_ms is None:
            return False
        oldest = min(self._market.books[symbol].t for symbol in cycle.symbols)
        return t - oldest > threshold_ms * 1000.0


def _eroded(cycle: Cycle, walked: Walk, threshold: float) -> str | None:
    for leg, step in zip(cycle.legs, walked.legs, strict=True):
        too_few = step.quantity < leg.pair.least or step.quantity == 0.0
        if too_few or step.money < leg.pair.cost_min:
            return "below_min_order_size"
    return "edge_eroded" if walked.expected < threshold else None
