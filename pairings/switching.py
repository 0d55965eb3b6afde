"""Enabling and disabling pairings; only those that Kraken takes orders for are ever enabled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db import transaction

from pairings.models import Pairing

if TYPE_CHECKING:
    from pairings.models import PairingQuerySet

_NAMED: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchOutcome:
    """How many pairings were switched, and which were not, with their state."""

    enabled: bool
    switched: tuple[str, ...]
    refused: tuple[tuple[str, str], ...] = ()

    def words(self) -> str:
        word = "enabled" if self.enabled else "disabled"
        if len(self.switched) == 1:
            return f"{self.switched[0]} is {word}."
        return f"{len(self.switched)} pairings are {word}."

    def refusal(self) -> str:
        named = ", ".join(f"{symbol} ({status})" for symbol, status in self.refused[:_NAMED])
        rest = len(self.refused) - _NAMED
        more = f" and {rest} more" if rest > 0 else ""
        return f"Left as they were, for they are not online: {named}{more}."


def switch_pairings(chosen: PairingQuerySet, *, enable: bool) -> SwitchOutcome:
    """Switch the chosen pairings; those already so count too, so that twice is as once."""
    with transaction.atomic():
        willing = chosen.tradable() if enable else chosen
        refused = chosen.not_tradable() if enable else chosen.none()
        symbols = tuple(willing.values_list("symbol", flat=True))
        outcome = SwitchOutcome(
            enabled=enable,
            switched=symbols,
            refused=tuple(refused.values_list("symbol", "status")),
        )
        Pairing.objects.for_symbols(symbols).update(enabled=enable)
    return outcome
