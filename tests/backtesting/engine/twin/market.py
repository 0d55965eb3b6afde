"""What is known of the market: each symbol's book, what was last seen of it, and marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.backtesting.engine.twin.cycles import Leg
    from tests.backtesting.engine.twin.pairs import Pair

Levels = list[tuple[float, float]]


class Event(TypedDict):
    """One whole book: `t` in microseconds, levels as (price, quantity), best first."""

    t: int
    symbol: str
    bids: Levels
    asks: Levels


@dataclass(frozen=True, slots=True)
class Book:
    """A symbol's last event, and the best prices last seen (None: never yet)."""

    t: int
    bids: Levels
    asks: Levels
    seen_bid: float | None
    seen_ask: float | None

    def facing(self, side: str) -> Levels:
        """Return the levels that an order of `side` takes from."""
        return self.bids if side == "sell" else self.asks

    def fetches(self, leg: Leg, amount: float) -> float:
        """Return what `amount` would fetch at the price last seen, 0 where there was none."""
        if leg.side == "sell":
            return 0.0 if self.seen_bid is None else amount * self.seen_bid * leg.gain
        return 0.0 if self.seen_ask is None else amount / (self.seen_ask * leg.gain)


NEVER_SEEN = Book(0, [], [], None, None)


class Market:
    """All books by symbol; a book is replaced by its symbol's next event, never changed."""

    def __init__(self, pairs: Iterable[Pair], quote_asset: str) -> None:
        self.books: dict[str, Book] = {}
        self._quote_asset = quote_asset
        self._joins = {
            (pair.quote if pair.base == quote_asset else pair.base): pair
            for pair in pairs
            if quote_asset in {pair.base, pair.quote}
        }

    def apply(self, event: Event) -> None:
        bids, asks = event["bids"], event["asks"]
        before = self.books.get(event["symbol"], NEVER_SEEN)
        seen_bid = bids[0][0] if bids else before.seen_bid
        seen_ask = asks[0][0] if asks else before.seen_ask
        self.books[event["symbol"]] = Book(event["t"], bids, asks, seen_bid, seen_ask)

    def mark(self, asset: str) -> float | None:
        """Return the asset's value in quote_asset, None while it is unknown (section 8)."""
        if asset == self._quote_asset:
            return 1.0
        if asset not in self._joins:
            return None
        pair = self._joins[asset]
        book = self.books.get(pair.symbol, NEVER_SEEN)
        if book.seen_bid is None or book.seen_ask is None:
            return None
        mid = (book.seen_bid + book.seen_ask) / 2.0
        return 1.0 / mid if pair.base == self._quote_asset else mid
