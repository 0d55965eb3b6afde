"""What all sets of a group have in common in one window: the parts of a report no set changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backtesting.engine.fees import source_of
from backtesting.engine.figures import figures_of, model_limits
from marketdata.moments import from_us

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from backtesting.engine.config import BacktestConfig
    from backtesting.engine.events import EventStore
    from backtesting.search.candidates import SweepWindow
    from backtesting.search.groups import SweepGroup
    from pairings.rules import PairingRules


def window_facts(
    group: SweepGroup, window: SweepWindow, rules: Mapping[str, PairingRules], events: EventStore
) -> dict[str, Any]:
    """Return the facts as plain values, under a report's names; the window has some event."""
    first_us, last_us = window.span(group.universe)
    symbols = sorted(group.universe)
    traded = {leg.symbol for cycle in group.cycles for leg in cycle.legs}
    return {
        "started_at": from_us(first_us).isoformat(),
        "finished_at": from_us(last_us).isoformat(),
        "processed_events": window.count(group.universe),
        "rejected_events": events.rejected_events,
        "fee_source": source_of(group.fees[symbol] for symbol in traded),
        "fee_rates": {
            symbol: {"rate": fee.rate, "source": fee.source} for symbol, fee in group.fees.items()
        },
        "symbols": symbols,
        "cycles": len(group.cycles),
        "is_synthetic": events.is_synthetic,
        "recordings": list(events.recordings),
        "data_fingerprint": events.fingerprint,
        "inferred_pairings": [symbol for symbol in symbols if rules[symbol].inferred],
        "silent_symbols": list(window.silent(group.universe)),
    }


def window_report(
    facts: Mapping[str, Any],
    summary: np.void,
    ending: NDArray[np.float64],
    assets: Sequence[str],
    config: BacktestConfig,
) -> dict[str, Any]:
    """Return a set's report in one window as plain values, as a replay of it alone prints it."""
    held = sorted(zip(assets, ending.tolist(), strict=True))
    return {
        **facts,
        **figures_of(summary),
        "ending_balances": {asset: amount for asset, amount in held if amount},
        "fill_model": config.fill_model,
        "model_limits": list(model_limits(config.fill_model)),
        "config": config.as_json(),
    }
