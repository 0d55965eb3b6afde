"""The command line that repeats a sweep."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from backtesting.analysis.parameters import as_set, option
from backtesting.engine.config import BacktestConfig
from backtesting.search.grid import MAIN_AXES
from backtesting.search.options import SearchOptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from backtesting.search.artifacts import SweepArtifacts


def sweep_words(request: Mapping[str, Any], artifacts: SweepArtifacts) -> list[str]:
    """Return the words after manage.py that repeat a sweep: on its data, whatever came since.

    `request` as its job keeps it. Recordings and symbols are named as they were replayed.
    """
    replay = request["replay"]
    words = ["sweep", *_source(replay, artifacts)]
    for name in ("start", "end"):
        if replay.get(name):
            words += option(f"--{name}", str(replay[name]))
    if replay.get("rules") is not None:
        words += ["--pairings", "FILE"]
    if replay.get("balances") is not None:
        held = ",".join(f"{asset}={amount!r}" for asset, amount in replay["balances"].items())
        words += option("--balances", held)
    return [*words, *_base(artifacts), *_axes(artifacts), *_options(artifacts.options)]


def _source(replay: Mapping[str, Any], artifacts: SweepArtifacts) -> list[str]:
    if replay.get("file") is not None:
        skip = ["--skip-bad"] if replay.get("skip_bad") else []
        return [*option("--file", str(replay["file"])), *skip]
    names = artifacts.source.recordings
    return [word for name in names for word in option("--recording", name)]


def _base(artifacts: SweepArtifacts) -> list[str]:
    """Return the parameters that are no axis and not the default."""
    defaults, base = BacktestConfig().as_json(), artifacts.base.as_json()
    return [
        word
        for name, value in base.items()
        if value != defaults[name] and name not in MAIN_AXES and name not in artifacts.axes.further
        for word in ("--set", f"{name}={as_set(value)}")
    ]


def _axes(artifacts: SweepArtifacts) -> list[str]:
    axes = artifacts.axes
    words = [
        *option("--theta", _listed(axes.min_profit_threshold)),
        *option("--trade-capital", _listed(axes.trade_capital)),
        *option("--staleness-ms", _listed(axes.staleness_threshold_ms)),
    ]
    if axes.universe == (None,):
        words += option("--symbols", ",".join(artifacts.symbols))
    else:
        for universe in axes.universe:
            words += option("--universe", ",".join(universe or artifacts.symbols))
    for name, values in axes.further.items():
        words += ["--axis", f"{name}={','.join(map(as_set, values))}"]
    return words


def _options(options: SearchOptions) -> list[str]:
    """Return the options that are not the default."""
    usual = SearchOptions()
    words = [] if options.train_ratio == usual.train_ratio else _two("train-ratio", options)
    if options.folds != usual.folds or options.anchored:
        words += _two("folds", options)
    words += ["--anchored"] if options.anchored else []
    for name, value in asdict(options.weights).items():
        if value != getattr(usual.weights, name):
            words += option(f"--{name}-weight", repr(value))
    for name, value in asdict(options.criteria).items():
        if value != getattr(usual.criteria, name):
            words += ["--gate", f"{name}={value!r}"]
    return words


def _two(name: str, options: SearchOptions) -> list[str]:
    return [f"--{name}", repr(getattr(options, name.replace("-", "_")))]


def _listed(values: Iterable[Any]) -> str:
    return ",".join("none" if value is None else repr(value) for value in values)
