"""Synthetic books as JSONL: one event a line, numbers as decimal strings."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from marketdata.synthetic.instants import iso_times
from marketdata.synthetic.ladders import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from marketdata.synthetic.block import Block
    from marketdata.synthetic.universe import SyntheticPairing

_LINES_AT_ONCE: Final = 4096


def event_lines(block: Block, pairings: Sequence[SyntheticPairing]) -> Iterator[str]:
    """Yield a block's events as text, some thousands of lines at a time.

    Numbers are whole ticks and lots, so their decimals read back to the same doubles.
    """
    for begin in range(0, len(block), _LINES_AT_ONCE):
        part = slice(begin, begin + _LINES_AT_ONCE)
        rows = zip(
            iso_times(block.time_us[part]),
            block.symbol[part].tolist(),
            zip(block.bid_count[part].tolist(), block.ask_count[part].tolist(), strict=True),
            _interleaved(block, part),
            strict=True,
        )
        yield "".join(
            _template(pairings[symbol], *counts) % (time, *_shown(numbers, *counts))
            for time, symbol, counts, numbers in rows
        )


def _interleaved(block: Block, part: slice) -> list[list[float]]:
    """Return each event's price, quantity, price, quantity, ... over all its levels."""
    prices, quantities = block.prices[part], block.quantities[part]
    pairs = np.stack((prices, quantities), axis=2)
    rows: list[list[float]] = pairs.reshape(len(prices), -1).tolist()
    return rows


def _shown(numbers: list[float], bids: int, asks: int) -> list[float]:
    if bids and asks:
        return numbers
    return numbers[: 2 * bids] + numbers[2 * LEVELS : 2 * (LEVELS + asks)]


@lru_cache
def _template(pairing: SyntheticPairing, bids: int, asks: int) -> str:
    level = f'["%.{pairing.price_decimals}f", "%.{pairing.lot_decimals}f"]'
    return (
        f'{{"occurred_at": "%s", "symbol": "{pairing.symbol}", '
        f'"bids": [{", ".join([level] * bids)}], "asks": [{", ".join([level] * asks)}]}}\n'
    )
