"""Starting balances as a trader writes them: `USD=1000, BTC=0.1`."""

from __future__ import annotations

import math

from backtesting.engine.report import ReplayError


def parse_balances(text: str) -> dict[str, float]:
    """Return balances by asset of `USD=1000, BTC=0.1`; raise ReplayError for anything else."""
    balances: dict[str, float] = {}
    for part in text.split(","):
        asset, separator, written = (piece.strip() for piece in part.partition("="))
        if not (asset and separator):
            raise ReplayError(
                f"{part.strip()!r} is no balance; write ASSET=AMOUNT, such as USD=1000,BTC=0.1"
            )
        if asset in balances:
            raise ReplayError(f"the balance of {asset} is given twice; give it once")
        balances[asset] = _amount(asset, written)
    return balances


def _amount(asset: str, written: str) -> float:
    try:
        amount = float(written) if "_" not in written else math.nan
    except ValueError:
        amount = math.nan
    if not math.isfinite(amount) or amount < 0:
        raise ReplayError(f"the balance of {asset} is {written!r}; it must be a number from 0 up")
    return amount
