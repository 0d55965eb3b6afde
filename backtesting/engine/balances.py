"""Starting balances and minimums as a trader writes them: `USD=1000, BTC=0.1`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backtesting.engine.report import ReplayError
from config.typed_numbers import typed_number
from pairings.rules import is_asset, is_symbol

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class _Amounts:
    """What a list of amounts is called, and what they are amounts of."""

    kind: str
    form: str
    is_name: Callable[[str], bool]
    names: str


_BALANCES: Final = _Amounts(
    kind="balance",
    form="ASSET=AMOUNT, such as USD=1000,BTC=0.1",
    is_name=is_asset,
    names="asset; write its name, such as USD",
)
_MINIMUMS: Final = _Amounts(
    kind="minimum",
    form="SYMBOL=QUANTITY, such as BTC/USD=0.0001",
    is_name=is_symbol,
    names="symbol; write BASE/QUOTE, such as BTC/USD",
)


def parse_balances(text: str) -> dict[str, float]:
    """Return balances by asset of `USD=1000, BTC=0.1`; raise ReplayError for anything else."""
    return _parse(text, _BALANCES)


def parse_minimums(text: str) -> dict[str, float]:
    """Return quantities by symbol of `BTC/USD=0.0001`; raise ReplayError for anything else."""
    return _parse(text, _MINIMUMS)


def _parse(text: str, amounts: _Amounts) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in text.split(","):
        name, separator, written = (piece.strip() for piece in part.partition("="))
        if not (name and separator):
            raise ReplayError(f"{part.strip()!r} is no {amounts.kind}; write {amounts.form}")
        if not amounts.is_name(name):
            raise ReplayError(f"{name!r} is no {amounts.names}")
        if name in found:
            raise ReplayError(f"the {amounts.kind} of {name} is given twice; give it once")
        found[name] = _amount(amounts.kind, name, written)
    return found


def _amount(kind: str, name: str, written: str) -> float:
    amount = typed_number(written)
    if amount is None or not 0 <= amount < math.inf:
        raise ReplayError(f"the {kind} of {name} is {written!r}; it must be a number from 0 up")
    return amount
