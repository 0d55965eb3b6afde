"""What a pairing demands of an order: decimals, minimums and fees, as plain doubles.

Pure: the engine and the importers use it without Django.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

DEFAULT_LOT_DECIMALS: Final = 8
MAX_DECIMALS: Final = 18
MAX_AMOUNT: Final = 1e15
MAX_ASSET_LENGTH: Final = 32
MAX_SYMBOL_LENGTH: Final = 2 * MAX_ASSET_LENGTH + 1

# Dots for ETH2.S, lower case for tokenized stocks such as AAPLx, a leading digit for 1INCH.
_ASSET: Final = rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{MAX_ASSET_LENGTH - 1}}}"
_SYMBOL: Final = re.compile(rf"({_ASSET})/({_ASSET})")
_SHOWN: Final = 60


class PairingError(ValueError):
    """A pairing or its rules cannot be used; the message names the value and the remedy."""


def is_asset(text: str) -> bool:
    """Say whether the text can be the name of an asset."""
    return re.fullmatch(_ASSET, text) is not None


def is_symbol(text: str) -> bool:
    """Say whether the text is BASE/QUOTE with two different assets."""
    found = _SYMBOL.fullmatch(text)
    return found is not None and found[1] != found[2]


def split_symbol(symbol: str) -> tuple[str, str]:
    """Return (base, quote) of `BASE/QUOTE`; raise PairingError for anything else."""
    found = _SYMBOL.fullmatch(symbol)
    if not found:
        raise PairingError(
            f"symbol {ascii(symbol)[:_SHOWN]} is not BASE/QUOTE; write two assets of letters, "
            f"digits, dots, dashes or underscores with a slash between, such as BTC/USD"
        )
    if found[1] == found[2]:
        raise PairingError(f"symbol {symbol} joins {found[1]} to itself; name two assets")
    return found[1], found[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingRules:
    """The rules of one pairing as a replay needs them.

    `order_min` in base, `cost_min` in quote; fees are fractions (0.0026 is 0.26 %), `taker_fee`
    the first tier's, None where it is not known; `fee_tiers` are (30-day USD volume from which it
    holds, taker fraction), rising. `inferred` says that only the symbol was known.
    """

    symbol: str
    base: str
    quote: str
    lot_decimals: int = DEFAULT_LOT_DECIMALS
    order_min: float = 0.0
    cost_min: float = 0.0
    taker_fee: float | None = None
    fee_tiers: tuple[tuple[float, float], ...] = ()
    inferred: bool = False

    def __post_init__(self) -> None:
        if (self.base, self.quote) != split_symbol(self.symbol):
            raise PairingError(
                f"{self.symbol}: base {ascii(self.base)[:_SHOWN]} and quote "
                f"{ascii(self.quote)[:_SHOWN]} do not make this symbol; it must be base/quote"
            )
        if not 0 <= self.lot_decimals <= MAX_DECIMALS:
            raise PairingError(
                f"{self.symbol}: lot_decimals is {self.lot_decimals}; "
                f"it must lie from 0 to {MAX_DECIMALS}"
            )
        self._check_amount("order_min", self.order_min)
        self._check_amount("cost_min", self.cost_min)
        if self.taker_fee is not None:
            self._check_fee("taker_fee", self.taker_fee)
        self._check_tiers()

    @classmethod
    def from_symbol(cls, symbol: str) -> PairingRules:
        """Return inferred rules: 8 lot decimals, no minimums and no fee of its own."""
        base, quote = split_symbol(symbol)
        return cls(symbol=symbol, base=base, quote=quote, inferred=True)

    def taker_fee_at(self, volume_usd: float) -> float | None:
        """Return the taker fraction at a 30-day volume; None where no tier is known for it."""
        held = [fee for start, fee in self.fee_tiers if start <= volume_usd]
        return held[-1] if held else None

    def _check_amount(self, name: str, value: float) -> None:
        if not 0 <= value <= MAX_AMOUNT:
            raise PairingError(
                f"{self.symbol}: {name} is {value}; it must lie from 0 to {MAX_AMOUNT:g}"
            )

    def _check_fee(self, name: str, value: float) -> None:
        if not 0 <= value < 1:
            raise PairingError(
                f"{self.symbol}: {name} is {value}; it must be a fraction from 0 to below 1, "
                f"such as 0.0026 for 0.26 %"
            )

    def _check_tiers(self) -> None:
        reached = -math.inf
        for volume, fee in self.fee_tiers:
            self._check_amount("a fee tier's volume", volume)
            self._check_fee("a fee tier's rate", fee)
            if volume <= reached:
                raise PairingError(
                    f"{self.symbol}: fee tier {volume:g} comes after {reached:g}; "
                    f"tiers must rise in volume"
                )
            reached = volume
