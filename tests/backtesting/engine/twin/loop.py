"""The replay itself: tick after tick, in the order of work of section 7."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Any

from tests.backtesting.engine.twin.account import Account
from tests.backtesting.engine.twin.cycles import find_cycles
from tests.backtesting.engine.twin.desk import Desk
from tests.backtesting.engine.twin.detection import Watch
from tests.backtesting.engine.twin.gates import Gates
from tests.backtesting.engine.twin.market import Market
from tests.backtesting.engine.twin.modeled import Modeled
from tests.backtesting.engine.twin.pairs import make_pairs
from tests.backtesting.engine.twin.replayed import Replayed
from tests.backtesting.engine.twin.report import make_report
from tests.backtesting.engine.twin.settings import Settings
from tests.backtesting.engine.twin.trade import Trade

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.backtesting.engine.twin.cycles import Cycle
    from tests.backtesting.engine.twin.market import Event
    from tests.backtesting.engine.twin.pairs import Pair, PairingRow
    from tests.backtesting.engine.twin.walk import Walk


def replay(
    events: Sequence[Event],
    *,
    pairings: Iterable[PairingRow],
    config: Mapping[str, Any],
    balances: Mapping[str, float],
    fees: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """Return the report of section 9 with `trades` and `episode_rows`; times in microseconds.

    `events` are valid, of the universe, and in replay order; `config` holds the fields that
    differ from the defaults; `fees` overrides the taker fee by symbol.
    """
    settings = Settings(**config)
    pairs = make_pairs(list(pairings), settings, fees)
    run = Replay(settings, list(pairs.values()), balances)
    for t, tick in groupby(events, key=lambda event: event["t"]):
        run.tick(t, list(tick))
    if events:
        run.finish(events[-1]["t"])
    return make_report(run, events)


class Replay:
    """All parts of one replay, and what happens at a tick and at the end."""

    def __init__(
        self, settings: Settings, pairs: list[Pair], balances: Mapping[str, float]
    ) -> None:
        self.settings, self.pairs = settings, pairs
        self.market = Market(pairs, settings.quote_asset)
        self.account = Account(balances, self.market)
        self.model: Modeled | Replayed = (
            Modeled(settings, self.account)
            if settings.fill_model == "modeled"
            else Replayed(settings, self.account, self.market)
        )
        cycles = find_cycles(pairs, settings.starts())
        self.watch = Watch(cycles, self.market.books, settings.min_profit_threshold)
        self.desk = Desk(settings, self.account, self.model, self.watch.disarmed)
        self.gates = Gates(
            settings,
            market=self.market,
            account=self.account,
            disarmed=self.watch.disarmed,
            in_flight=self.desk.in_flight,
        )
        self.miss_reasons: Counter[str] = Counter()
        self.attempted = 0

    def tick(self, t: int, events: list[Event]) -> None:
        """Do all of one time, in the order of work."""
        symbols = {event["symbol"] for event in events}
        self.desk.work_before(t)
        for event in events:
            self.market.apply(event)
            self.model.see(event)
        self.desk.offer_again(symbols, t)
        self.desk.work_before(t + 1)
        started = [trade for cycle in self.watch.look(symbols, t) if (trade := self._try(cycle, t))]
        for trade in started:
            self.desk.start(trade)

    def finish(self, last_t: int) -> None:
        """Settle the rest on the last books."""
        self.desk.work_all()
        self.desk.end_unsold(last_t)

    def _try(self, cycle: Cycle, t: int) -> Trade | None:
        judged = self.gates.judge(cycle, t)
        if isinstance(judged, str):
            self.miss_reasons[judged] += 1
            return None
        return self._start(cycle, t, *judged)

    def _start(self, cycle: Cycle, t: int, capital: float, walked: Walk) -> Trade:
        self.attempted += 1
        self.account.pay_in(cycle.assets[0], -capital)
        self.watch.disarmed.add(cycle.assets)
        trade = Trade(
            n=self.attempted,
            t=t,
            cycle=cycle,
            capital=capital,
            walk=walked,
            books={symbol: self.market.books[symbol] for symbol in cycle.symbols},
            held=dict.fromkeys(cycle.assets, 0.0) | {cycle.assets[0]: capital},
        )
        self.desk.in_flight[trade.n] = trade
        return trade
