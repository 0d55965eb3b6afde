"""How quickly what can be traded is found among an exchange's pairings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pairings.cycles import CurrencyGraph
from pairings.kraken import read_rules_file
from tests.benchmarks.timing import best_seconds, seconds
from tests.pairings.captures import capture

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pairings.rules import PairingRules
    from tests.benchmarks.workbench import Workbench


def triangles_ms(bench: Workbench) -> float:
    """The best time from 293 pairings, Kraken's of 2021, to both ways around 584 triangles."""
    rules = read_rules_file(capture("http_assetpairs_2021.txt")).values()
    taken = seconds(_cycles, rules) if bench.once else best_seconds(lambda: rules, _cycles)
    return 1000 * taken


def _cycles(rules: Iterable[PairingRules]) -> None:
    graph = CurrencyGraph(rules)
    graph.cycles(graph.assets)
