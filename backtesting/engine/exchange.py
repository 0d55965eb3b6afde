"""The exchange an order at a time: the same compiled fills, for a strategy that trades by hand.

There is one simulator: `BacktestReplayEngine` and `SimulatedExchange` call the same functions on
the same memory (the standard, sections 6 and 7).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from backtesting.engine.clock import ReplayClock
from backtesting.engine.config import DEFAULT_BALANCE, BacktestConfig, check_balances, is_amount
from backtesting.engine.fees import AccountRates, FeeRate, resolve_fees
from backtesting.engine.kernel.feed import apply_until
from backtesting.engine.kernel.latency import latency_us
from backtesting.engine.kernel.layout import BUY, SELL
from backtesting.engine.kernel.levels import floor_lot, left_at, side_range, take
from backtesting.engine.kernel.orders import modeled_fill, replayed_fill
from backtesting.engine.plan import Plan, build_run
from backtesting.engine.room import grow, levels_a_trade
from marketdata.books import BookLevel
from pairings.rules import PairingRules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backtesting.engine.events import EventStore


# Taking a cost apart again must not lose a lot to the last bit.
_FORGIVING = 1.0 + 1e-15


class OrderRefused(ValueError):  # noqa: N818 - the exchange's own word for it
    """The exchange does not take an order; the message names the value and the limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """What an order came to: `money` is cost or proceeds before the fee, both in quote."""

    symbol: str
    side: str
    t: int
    ordered: float
    filled: float
    money: float
    fee: float
    ratio: float


class SimulatedExchange:
    """Recorded books that answer orders; time moves on with `advance_to` and with each order."""

    def __init__(
        self,
        config: BacktestConfig,
        events: EventStore,
        balances: Mapping[str, float] | None = None,
        *,
        rules: Mapping[str, PairingRules] | None = None,
        fees: Mapping[str, FeeRate] | None = None,
        account: AccountRates | None = None,
    ) -> None:
        known = rules or {}
        symbols = events.symbols
        by_symbol = {name: known.get(name) or PairingRules.from_symbol(name) for name in symbols}
        self._plan = Plan(
            columns=events.columns,
            config=config,
            cycles=(),
            rules=by_symbol,
            fees=fees or resolve_fees(config, by_symbol.values(), account, traded=symbols),
            balances=check_balances(
                {config.quote_asset: DEFAULT_BALANCE} if balances is None else balances
            ),
        )
        self._run = build_run(self._plan)
        self._index = {symbol: at for at, symbol in enumerate(symbols)}
        self._row = 0
        self._orders = 0
        self._held = dict(self._plan.balances)
        self.clock = ReplayClock()

    @property
    def balances(self) -> dict[str, float]:
        """Return what the account holds now, by asset."""
        return dict(self._held)

    def advance_to(self, time: int) -> None:
        """Put every book up to `time` (microseconds since 1970) in force."""
        self._row = apply_until(self._run, self._row, self.clock.advance_to(time))

    def book(self, symbol: str) -> tuple[tuple[BookLevel, ...], tuple[BookLevel, ...]]:
        """Return bids and asks in force, less the account's own fills; empty before any book."""
        return self._levels(symbol, SELL), self._levels(symbol, BUY)

    def send(
        self,
        symbol: str,
        side: str,
        quantity: float,
        *,
        worst_price: float,
        budget: float | None = None,
    ) -> Fill:
        """Send an immediate-or-cancel limit order and return its fill, after its latency.

        `quantity` in base, cut to lots; `worst_price` is the limit before slippage_bps worsens it,
        which modeled fills do not know; a buy spends at most `budget` in quote before fees, by
        default what the account can pay. As in a cycle, a modeled buy with a `budget` is sized by
        that alone. Raises OrderRefused for what the exchange would not take.
        """
        _check_numbers(quantity=quantity, worst_price=worst_price, budget=budget)
        at, code = self._symbol(symbol), {"buy": BUY, "sell": SELL}.get(side)
        if code is None:
            raise OrderRefused(f"side is {side!r}; it must be buy or sell")
        rules, fee_rate = self._plan.rules[symbol], self._plan.fees[symbol].rate
        lots = floor_lot(quantity, 10.0**rules.lot_decimals)
        spend = self._check_funds(rules, side, lots, worst_price, budget, fee_rate)
        book = int(self._run.scan.last_row[at])
        if book < 0:
            raise OrderRefused(f"{symbol} has no book yet; advance to its first event")
        self._orders += 1
        self.advance_to(self.clock.now + latency_us(self._run, self._orders - 1, 1))
        self._run = grow(self._run, levels_a_trade(self._plan))
        if self._plan.config.fill_model == "modeled":
            if code == BUY and budget is None:
                spend = min(spend, self._cost(at, book, lots))
            found = modeled_fill(self._run, at, code, book, lots, spend)
        else:
            found = replayed_fill(self._run, at, code, lots, spend, worst_price)
        return self._settle(rules, side, found, fee_rate)

    def _settle(
        self, rules: PairingRules, side: str, found: tuple[float, ...], fee_rate: float
    ) -> Fill:
        ordered, filled, money, ratio = found
        fee = money * fee_rate
        sign = 1 if side == "buy" else -1
        self._held[rules.base] = self._held.get(rules.base, 0.0) + sign * filled
        paid = sign * money * (1.0 + sign * fee_rate)
        self._held[rules.quote] = self._held.get(rules.quote, 0.0) - paid
        return Fill(
            symbol=rules.symbol,
            side=side,
            t=self.clock.now,
            ordered=ordered,
            filled=filled,
            money=money,
            fee=fee,
            ratio=ratio,
        )

    def _check_funds(
        self,
        rules: PairingRules,
        side: str,
        lots: float,
        price: float,
        budget: float | None,
        fee_rate: float,
    ) -> float:
        """Return what the order may cost at most; raise OrderRefused below a minimum or funds."""
        if lots <= 0 or lots < rules.order_min:
            raise OrderRefused(f"{lots} {rules.base} is below the minimum {rules.order_min}")
        held = self._held.get(rules.base if side == "sell" else rules.quote, 0.0)
        spend = held / (1.0 + fee_rate) if budget is None else budget
        cost = lots * price if side == "sell" or budget is None else spend
        if cost < rules.cost_min:
            raise OrderRefused(f"{cost} {rules.quote} is below the minimum cost {rules.cost_min}")
        if side == "sell" and lots > held:
            raise OrderRefused(f"insufficient funds: {lots} {rules.base} of {held}")
        if side == "buy" and spend * (1.0 + fee_rate) > held * (1 + 1e-12):
            raise OrderRefused(f"insufficient funds: {spend} {rules.quote} and fee of {held}")
        return spend

    def _cost(self, symbol: int, book: int, lots: float) -> float:
        """Return the cost of so much over the whole book: what buys it, to the last bits."""
        run = self._run
        most = len(run.tape.levels)
        cost, _ = take(run, symbol, BUY, book, lots, np.inf, most, depleted=False, order=-1)
        return cost * _FORGIVING

    def _symbol(self, symbol: str) -> int:
        if symbol not in self._index:
            raise OrderRefused(f"{symbol} is not traded here; there are {', '.join(self._index)}")
        return self._index[symbol]

    def _levels(self, symbol: str, side: int) -> tuple[BookLevel, ...]:
        at = self._symbol(symbol)
        row = int(self._run.scan.last_row[at])
        if row < 0:
            return ()
        start, stop = side_range(self._run.tape, row, side)
        prices = self._run.tape.levels[start:stop, 0].tolist()
        left = [left_at(self._run, at, side, level) for level in range(start, stop)]
        return tuple(
            BookLevel(price, quantity)
            for price, quantity in zip(prices, left, strict=True)
            if quantity > 0
        )


def _check_numbers(**numbers: float | None) -> None:
    for name, value in numbers.items():
        if value is not None and not is_amount(value):
            raise OrderRefused(f"{name} is {value!r}; it must be a finite number from 0 up")
