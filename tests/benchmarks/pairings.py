"""How quickly what can be traded is found among an exchange's pairings."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Final

from pairings.cycles import CurrencyGraph
from pairings.rules import PairingRules
from tests.benchmarks.timing import best_seconds, seconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.benchmarks.workbench import Workbench

_QUOTES: Final = ("USD", "EUR", "GBP", "CAD", "BTC", "ETH", "USDT")
_OTHERS: Final = 54
_QUOTES_EACH: Final = 5


def triangles_ms(bench: Workbench) -> float:
    """The best time from 291 pairings to both ways around each of their 575 triangles.

    54 assets with five quotes each, and the seven quotes with one another: as large as Kraken's
    graph of 2021, which had 293 pairings and 584 triangles.
    """
    rules = exchange()
    taken = seconds(_cycles, rules) if bench.once else best_seconds(lambda: rules, _cycles)
    return 1000 * taken


def exchange() -> list[PairingRules]:
    """Return the pairings."""
    joined = list(combinations(_QUOTES, 2))
    for number in range(_OTHERS):
        quotes = (_QUOTES * 2)[number % len(_QUOTES) :][:_QUOTES_EACH]
        joined += [(f"A{number}", quote) for quote in quotes]
    return [PairingRules.from_symbol(f"{base}/{quote}") for base, quote in joined]


def _cycles(rules: Iterable[PairingRules]) -> None:
    graph = CurrencyGraph(rules)
    graph.cycles(graph.assets)
