"""What a sweep form shows before anything is typed: a grid to start from, or another sweep's."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from backtesting.forms.axes import NUMBERS
from backtesting.forms.filling import filled_from, untouched
from backtesting.forms.ranges import written
from backtesting.search.options import SearchOptions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from backtesting.sweeps.requests import SweepRequest

# In place of a universe: all the enabled pairings.
ALL: Final = "all"
# A few dozen sets over the two parameters that matter first, under the honest fill model.
_START: Final = {
    "thetas": "0.0005..0.002 step 0.0005",
    "capitals": "50, 100, 250, 500",
    "staleness": "none",
    "latencies": "20",
    "slippages": "4",
    "fill_models": ["replayed"],
}
_SHOWN_ELSEWHERE: Final = {"universe", "fill_model"}


def untouched_sweep() -> dict[str, Any]:
    """Return what an untouched form shows."""
    return untouched() | _START | {"fee_percent": ""} | _judging(SearchOptions())


def filled_from_sweep(request: SweepRequest, name: str = "") -> tuple[dict[str, Any], list[str]]:
    """Return what a form shows that asks for the same again, and what it cannot ask for."""
    config = request.replay.config
    axes: Mapping[str, Sequence[Any]] = request.axes.by_name()
    shown: dict[str, Any] = filled_from(request.replay, name) | _judging(request.options)
    for axis in NUMBERS:
        values = axes.get(axis.parameter, (getattr(config, axis.parameter),))
        is_off = axis.parameter == "fee_rate" and not any(values)
        shown[axis.name] = "" if is_off else _text(values, axis.divisor)
    if shown["fee_percent"]:
        shown["fee"] = "flat"
    universes = [list(found or (ALL,)) for found in request.axes.universe]
    if universes == [[ALL]]:
        universes = [list(request.replay.symbols or ())]
    shown["universes"] = "\n".join(", ".join(found) for found in universes)
    shown["fill_models"] = list(axes.get("fill_model", (config.fill_model,)))
    known = {axis.parameter for axis in NUMBERS} | _SHOWN_ELSEWHERE
    return shown, [
        f"The axis {other} is not in this form: it takes {config.as_json()[other]} for all sets."
        for other in axes
        if other not in known
    ]


def _text(values: Sequence[Any], divisor: Decimal) -> str:
    return written(
        [None if value is None else Decimal(repr(float(value))) * divisor for value in values]
    )


def _judging(options: SearchOptions) -> dict[str, Any]:
    return {
        "train_ratio": options.train_ratio,
        "folds": options.folds,
        "anchored": options.anchored,
        "win_weight": options.weights.win,
        "fill_weight": options.weights.fill,
        **asdict(options.criteria),
    }
