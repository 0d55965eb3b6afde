"""The desk: sends a trade's orders one after another and works them off in time (section 7)."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any

from tests.backtesting.engine.twin.latency import latency_us

if TYPE_CHECKING:
    from collections.abc import Collection

    from tests.backtesting.engine.twin.account import Account
    from tests.backtesting.engine.twin.modeled import Modeled
    from tests.backtesting.engine.twin.replayed import Replayed
    from tests.backtesting.engine.twin.settings import Settings
    from tests.backtesting.engine.twin.trade import Trade

LEGS = 3
CLOSE_OUT = 4


class Desk:
    """`in_flight` holds the trades started and not complete, by n; `disarmed` is the watch's.

    `_under_way` is a heap of (arrival, n); a trade has at most one order under way.
    """

    def __init__(
        self,
        settings: Settings,
        account: Account,
        model: Modeled | Replayed,
        disarmed: set[tuple[str, str, str]],
    ) -> None:
        self.in_flight: dict[int, Trade] = {}
        self.ratios: list[float] = []
        self._settings = settings
        self._account = account
        self._model = model
        self._disarmed = disarmed
        self._under_way: list[tuple[int, int]] = []

    def start(self, trade: Trade) -> None:
        self._send_next_leg(trade, trade.t)

    def work_before(self, t: int) -> None:
        """Work off the orders that arrive before `t`, in order of (arrival, n)."""
        while self._under_way and self._under_way[0][0] < t:
            at, n = heapq.heappop(self._under_way)
            trade = self.in_flight[n]
            if trade.status:
                self._close_out(trade, at)
            else:
                self._work_leg(trade, at)

    def work_all(self) -> None:
        while self._under_way:
            self.work_before(self._under_way[0][0] + 1)

    def offer_again(self, symbols: Collection[str], t: int) -> None:
        """Let what is on offer over the tick's symbols take from the new books, in order of n."""
        for n in sorted(self.in_flight):
            trade = self.in_flight[n]
            if trade.is_waiting:
                self._close_out(trade, t, symbols)

    def end_unsold(self, last_t: int) -> None:
        """Complete the trades that still have something on offer at the end of the data."""
        for n in sorted(self.in_flight):
            trade = self.in_flight[n]
            self._complete(trade, max(last_t, trade.arrives))

    def _send_next_leg(self, trade: Trade, now: int) -> None:
        quantity = trade.order_size()
        if quantity is None:
            self._end_legs(trade, "failed" if trade.leg else "missed", now)
            return
        trade.leg += 1
        trade.sent = quantity
        self._arrive(trade, now, trade.leg)

    def _arrive(self, trade: Trade, now: int, k: int) -> None:
        trade.arrives = now + latency_us(self._settings, trade.n, k)
        heapq.heappush(self._under_way, (trade.arrives, trade.n))

    def _work_leg(self, trade: Trade, at: int) -> None:
        leg = trade.cycle.legs[trade.leg - 1]
        fill = self._model.fill(trade, leg, trade.sent)
        row: dict[str, Any] = {"leg": trade.leg, "t": at}
        row |= {"ordered": fill.ordered, "ratio": fill.ratio}
        self._account.book(trade, leg, fill.filled, fill.money, row)
        self.ratios.append(fill.ratio)
        if fill.filled <= 0:
            self._end_legs(trade, "missed" if trade.leg == 1 else "failed", at)
        elif trade.leg == LEGS:
            self._end_legs(trade, "executed", at)
        else:
            self._send_next_leg(trade, at)

    def _end_legs(self, trade: Trade, status: str, tau_last: int) -> None:
        trade.status = status
        trade.tau_last = tau_last
        self._model.settle(trade, tau_last)
        if trade.on_offer:
            self._arrive(trade, tau_last, CLOSE_OUT)
        else:
            self._complete(trade, tau_last)

    def _close_out(self, trade: Trade, at: int, symbols: Collection[str] | None = None) -> None:
        trade.is_waiting = True
        offered = [leg for leg in trade.on_offer if symbols is None or leg.pair.symbol in symbols]
        for leg in offered:
            self._model.close_out(trade, leg, at)
        if not trade.on_offer:
            self._complete(trade, at)

    def _complete(self, trade: Trade, at: int) -> None:
        self._account.complete(trade, at, self._model)
        del self.in_flight[trade.n]
        if trade.status == "missed":
            self._disarmed.discard(trade.cycle.assets)
