"""What a run was given that nothing of its universe could use: a slip of the pen, more often."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def idle_names(
    symbols: Sequence[str], held: Mapping[str, float], minimums: Mapping[str, float] | None
) -> tuple[str, ...]:
    """Return assets held that are of no symbol, then pairings with a minimum that are none of them.

    `held` are the balances by asset, `minimums` the parameter `min_order_size_by_pair`.
    """
    traded = {asset for symbol in symbols for asset in symbol.split("/")}
    assets = sorted(asset for asset, amount in held.items() if amount and asset not in traded)
    return (*assets, *sorted(set(minimums or ()) - set(symbols)))
