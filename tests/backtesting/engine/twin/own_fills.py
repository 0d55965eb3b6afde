"""What the account has taken from recorded levels and is missing from them since (section 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.backtesting.engine.twin.levels import Taken
    from tests.backtesting.engine.twin.market import Event, Levels

NO_REST = 1e-12


class OwnFills:
    """By symbol and side of the order: {price: [what the level first held, what is taken]}."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, str], dict[float, list[float]]] = {}

    def left(self, symbol: str, side: str, levels: Levels) -> Levels:
        """Return what is left of the recorded levels; a level without a rest is not listed."""
        taken = self._taken.get((symbol, side), {})
        rests = [(price, held - taken.get(price, (0.0, 0.0))[1]) for price, held in levels]
        return [(price, rest) for price, rest in rests if rest > NO_REST]

    def note(self, symbol: str, side: str, fill: Taken, levels: Levels) -> None:
        """Remember a fill that met the recorded `levels`."""
        held = dict(levels)
        taken = self._taken.setdefault((symbol, side), {})
        for price, quantity in fill.levels:
            taken.setdefault(price, [held[price], 0.0])[1] += quantity

    def see(self, event: Event) -> None:
        """Forget what the event shows to be gone or filled up again."""
        for side, levels in (("sell", event["bids"]), ("buy", event["asks"])):
            taken = self._taken.get((event["symbol"], side))
            if taken:
                held = dict(levels)
                for price, (first, quantity) in list(taken.items()):
                    if price not in held or held[price] >= first + quantity:
                        del taken[price]
