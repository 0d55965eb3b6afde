"""What other apps ask of the stored pairings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pairings.models import Pairing
from pairings.rules import PairingRules

if TYPE_CHECKING:
    from collections.abc import Iterable


def enabled_symbols() -> tuple[str, ...]:
    """Return the symbols of the enabled pairings, sorted: the universe of a run by default."""
    return tuple(Pairing.objects.enabled().order_by("symbol").values_list("symbol", flat=True))


def find_rules(symbols: Iterable[str]) -> dict[str, PairingRules]:
    """Return the rules by symbol of those that are stored, whether enabled or not; one query."""
    return {row.symbol: row.rules() for row in Pairing.objects.for_symbols(symbols)}


def ensure_inferred(symbols: Iterable[str]) -> list[str]:
    """Make the pairings that are missing, inferred and enabled; return their symbols, sorted.

    Those that exist stay as they are, disabled ones too. Raises PairingError for what is no
    symbol, before anything is made.
    """
    wanted = {symbol: PairingRules.from_symbol(symbol) for symbol in sorted(set(symbols))}
    with transaction.atomic():
        known = set(Pairing.objects.for_symbols(wanted).values_list("symbol", flat=True))
        missing = [rules for symbol, rules in wanted.items() if symbol not in known]
        # An import beside this one may make the same pairing in between: no conflict of ours.
        Pairing.objects.bulk_create(
            [
                Pairing(
                    symbol=rules.symbol,
                    base=rules.base,
                    quote=rules.quote,
                    inferred=True,
                    enabled=True,
                )
                for rules in missing
            ],
            ignore_conflicts=True,
        )
    return [rules.symbol for rules in missing]
