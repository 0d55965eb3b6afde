"""The options of the sweep command, read into a request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from backtesting.management.command_line import request_from, symbols_from
from backtesting.sweep import PromotionCriteria, ScoreWeights, SearchOptions, SweepAxes, SweepError
from backtesting.sweeps.requests import SweepRequest
from config.typed_numbers import typed_number

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterable


def add_sweep_arguments(parser: ArgumentParser) -> None:
    """Add what spans the grid, and how its sets are judged."""
    parser.add_argument("--theta", metavar="V1,V2", help="values of min_profit_threshold")
    parser.add_argument("--trade-capital", metavar="V1,V2", help="values of trade_capital")
    parser.add_argument(
        "--universe",
        metavar="A/B,B/C,C/A",
        action="append",
        default=[],
        help="the symbols of one universe; repeat it for more",
    )
    parser.add_argument(
        "--staleness-ms", metavar="V1,V2", help="staleness thresholds; none: no gate"
    )
    parser.add_argument(
        "--axis",
        metavar="NAME=V1,V2",
        action="append",
        default=[],
        help="a further axis, such as execution_latency_ms=2,20,60; may be repeated",
    )
    parser.add_argument("--train-ratio", metavar="SHARE", help="share of the time to train on: 0.7")
    parser.add_argument("--folds", metavar="K", help="folds of a walk forward, beside the split")
    parser.add_argument(
        "--anchored", action="store_true", help="every fold trains from the first event on"
    )
    parser.add_argument("--win-weight", metavar="W", help="of the win rate in a score: 10")
    parser.add_argument("--fill-weight", metavar="W", help="of the fill rate in a score: 5")
    parser.add_argument(
        "--gate",
        metavar="NAME=LIMIT",
        action="append",
        default=[],
        help="the limit of a gate, such as max_drawdown=10; may be repeated",
    )


def sweep_request_from(options: dict[str, Any]) -> SweepRequest:
    """Return what the command line asks for; raise ValueError in one line where it cannot be."""
    replay = request_from(options)
    base = SweepAxes.of(replay.config)
    axes = SweepAxes(
        min_profit_threshold=_numbers("--theta", options["theta"]) or base.min_profit_threshold,
        trade_capital=_numbers("--trade-capital", options["trade_capital"]) or base.trade_capital,
        universe=tuple(symbols_from("--universe", text) for text in options["universe"])
        or base.universe,
        staleness_threshold_ms=_staleness(options["staleness_ms"]) or base.staleness_threshold_ms,
        further=_axes(options["axis"]),
    )
    if options["universe"] and options["symbols"]:
        raise SweepError("--universe and --symbols both name the symbols; give one of them")
    return SweepRequest(replay=replay, axes=axes, options=_options(options))


def _options(options: dict[str, Any]) -> SearchOptions:
    given: dict[str, Any] = {"anchored": options["anchored"]}
    if options["anchored"] and options["folds"] is None:
        raise SweepError("--anchored says how folds train; give --folds K as well")
    if options["train_ratio"] is not None:
        given["train_ratio"] = _number("--train-ratio", options["train_ratio"])
    if options["folds"] is not None:
        folds = _number("--folds", options["folds"])
        given["folds"] = int(folds) if folds.is_integer() else folds
    weights = {
        name: _number(f"--{name}-weight", options[f"{name}_weight"])
        for name in ("win", "fill")
        if options[f"{name}_weight"] is not None
    }
    gates = {
        name: _number(f"--gate {name}", text)
        for name, text in _named("--gate", options["gate"]).items()
    }
    return SearchOptions(
        **given,
        weights=ScoreWeights(**weights),
        criteria=PromotionCriteria.from_values(gates),
    )


def _numbers(option: str, text: str | None) -> tuple[float, ...]:
    return () if text is None else tuple(_number(option, part) for part in _parts(option, text))


def _number(option: str, text: str) -> float:
    number = typed_number(text)
    if number is None:
        raise SweepError(f"{option} has {text!r}; it must be a number")
    return number


def _parts(option: str, text: str) -> list[str]:
    parts = [part.strip() for part in text.split(",")]
    if not all(parts):
        raise SweepError(f"{option} {text!r} has an empty value; write values with commas")
    return parts


def _staleness(text: str | None) -> tuple[float | None, ...]:
    if text is None:
        return ()
    return tuple(
        None if part.lower() == "none" else _number("--staleness-ms", part)
        for part in _parts("--staleness-ms", text)
    )


def _axes(settings: list[str]) -> dict[str, tuple[Any, ...]]:
    return {
        name: tuple(_read(part) for part in _parts(f"--axis {name}", text))
        for name, text in _named("--axis", settings).items()
    }


def _named(option: str, settings: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for setting in settings:
        name, separator, text = setting.partition("=")
        if not (name.strip() and separator):
            raise SweepError(f"{option} {setting!r} is not NAME=VALUE; write max_depth_levels=5,10")
        if (name := name.strip()) in found:
            raise SweepError(f"{option} {name} is given twice; give it once")
        found[name] = text
    return found


def _read(text: str) -> Any:
    """Return a value of an axis: JSON where it parses as that, else text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None if text.lower() == "none" else text
