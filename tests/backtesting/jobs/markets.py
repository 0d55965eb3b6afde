"""A small recorded market with an edge to trade, and the request that replays it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.factories.marketdata import START_US, make_recording
from tests.tapes import triangle

if TYPE_CHECKING:
    from marketdata.models import Recording
    from tests.factories.marketdata import Event

SYMBOLS = ["BTC/USD", "ETH/BTC", "ETH/USD"]


def market(seconds: int = 5) -> list[Event]:
    """Return a triangle a second; in every second one the way over ETH pays 1 %."""
    return [
        (START_US + second * 1_000_000, book["symbol"], list(book["bids"]), list(book["asks"]))
        for second in range(seconds)
        for book in triangle(eth_usd=(3030.0, 3031.0) if second % 2 else (2999.0, 3000.5))
    ]


def record(seconds: int = 5, name: str = "day") -> Recording:
    return make_recording(market(seconds), name=name)


def request(**parts: Any) -> dict[str, Any]:
    """Return the request of a job that replays it without fees."""
    config = {"fee_profile": "zero", **parts.pop("config", {})}
    return {"config": config, "symbols": SYMBOLS, "recordings": ["day"], **parts}
