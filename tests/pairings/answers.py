"""Entries as Kraken states them, and whole answers made of them."""

from __future__ import annotations

import json
from typing import Any

XBT_USD: dict[str, Any] = {
    "altname": "XBTUSD",
    "wsname": "XBT/USD",
    "base": "XXBT",
    "quote": "ZUSD",
    "pair_decimals": 1,
    "lot_decimals": 8,
    "fees": [[0, 0.26], [50000, 0.24]],
    "fees_maker": [[0, 0.16], [50000, -0.02]],
    "ordermin": "0.0002",
}
INSTRUMENT = {
    "symbol": "BTC/USD",
    "base": "BTC",
    "quote": "USD",
    "status": "online",
    "qty_precision": 8,
    "price_precision": 1,
    "cost_precision": 5,
    "cost_min": 0.5,
    "tick_size": 9,
    "price_increment": 0.1,
    "qty_min": 0.0001,
}


def answer(**pairs: object) -> str:
    return json.dumps({"error": [], "result": pairs})


def instrument(*pairs: object) -> str:
    return json.dumps({"channel": "instrument", "type": "snapshot", "data": {"pairs": pairs}})
