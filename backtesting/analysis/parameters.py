"""The parameters of a run in a trader's words, and the command line that repeats it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from backtesting.engine.config import DEFAULT_BALANCE, BacktestConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

# In the order of the standard.
WORDS: Final[Mapping[str, str]] = {
    "fee_rate": "Flat taker fee",
    "fee_profile": "Fee profile",
    "min_profit_threshold": "Profit threshold",
    "trade_capital": "Trade capital",
    "quote_asset": "Quote asset of P&L",
    "slippage_bps": "Slippage",
    "execution_latency_ms": "Latency per order",
    "latency_jitter_ms": "Latency jitter",
    "seed": "Seed of the jitter",
    "max_depth_levels": "Depth",
    "max_concurrent_trades": "Trades at once",
    "min_order_size_by_pair": "Minimum quantities",
    "staleness_threshold_ms": "Book age at most",
    "fill_model": "Fill model",
    "reentry": "Re-entry",
    "start_assets": "Start assets",
}
_FRACTIONS: Final = ("fee_rate", "min_profit_threshold")
_UNITS: Final[Mapping[str, str]] = {
    "slippage_bps": "bps",
    "execution_latency_ms": "ms",
    "latency_jitter_ms": "ms",
    "staleness_threshold_ms": "ms",
    "max_depth_levels": "levels a side",
}
# What None stands for.
_NONE: Final[Mapping[str, str]] = {
    "fee_profile": "the account's own, else the entry tier",
    "min_order_size_by_pair": "the pairings' own",
    "staleness_threshold_ms": "no limit",
    "start_assets": "the quote asset",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter with its value as text; `is_default` as the defaults are today."""

    name: str
    words: str
    text: str
    is_default: bool


def parameters(config: Mapping[str, Any]) -> tuple[Parameter, ...]:
    """Return all parameters of a stored config."""
    defaults = BacktestConfig().as_json()
    quote = str(config.get("quote_asset", defaults["quote_asset"]))
    return tuple(
        Parameter(
            name=name,
            words=words,
            text=_text(name, config.get(name, defaults[name]), quote),
            is_default=config.get(name, defaults[name]) == defaults[name],
        )
        for name, words in WORDS.items()
    )


def starting_balances(request: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, float]:
    """Return what the account held at the start, by asset."""
    given = request.get("balances")
    if given is None:
        return {str(config["quote_asset"]): DEFAULT_BALANCE}
    return {str(asset): float(amount) for asset, amount in given.items()}


def command_words(request: Mapping[str, Any], report: Mapping[str, Any]) -> list[str]:
    """Return the words after manage.py that repeat a run: on its data, whatever came since.

    Recordings and symbols are named as they were replayed, and every parameter that is not the
    default. Rules given with the request stand as `--pairings FILE`.
    """
    words = ["replay", *_source(request, report)]
    words += option("--symbols", ",".join(report["symbols"]))
    for name in ("start", "end", "fees_at"):
        if request.get(name):
            words += option(f"--{name.replace('_', '-')}", str(request[name]))
    if request.get("rules") is not None:
        words += ["--pairings", "FILE"]
    if request.get("balances") is not None:
        held = ",".join(f"{asset}={amount!r}" for asset, amount in request["balances"].items())
        words += option("--balances", held)
    defaults = BacktestConfig().as_json()
    for name, default in defaults.items():
        if (value := report["config"].get(name, default)) != default:
            words += ["--set", f"{name}={as_set(value)}"]
    return words


def _source(request: Mapping[str, Any], report: Mapping[str, Any]) -> list[str]:
    if request.get("file") is None:
        return [word for name in report["recordings"] for word in option("--recording", name)]
    skip = ["--skip-bad"] if request.get("skip_bad") else []
    return [*option("--file", str(request["file"])), *skip]


def option(name: str, value: str) -> list[str]:
    """Return the words of an option; a value that begins like an option must cling to its name."""
    return [f"{name}={value}"] if value.startswith("-") and value != "-" else [name, value]


def as_set(value: Any) -> str:
    """Return a value as --set and --axis read it: JSON where it parses as such, else text."""
    if not isinstance(value, str):
        return json.dumps(value)
    try:
        json.loads(value)
    except ValueError:
        return value
    return json.dumps(value)


def _text(name: str, value: Any, quote: str) -> str:
    if value is None:
        return _NONE.get(name, "-")
    if isinstance(value, dict):
        return ", ".join(f"{symbol}={least:.8g}" for symbol, least in value.items()) or "-"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return _number_text(name, value, quote) if isinstance(value, float) else _whole(name, value)


def _number_text(name: str, value: float, quote: str) -> str:
    if name == "fee_rate" and not value:
        return "-"
    if name in _FRACTIONS:
        return f"{value * 10_000:,.6g} bps ({value * 100:.6g} %)"
    if name == "trade_capital":
        return f"{value:,.8g} {quote}"
    return f"{value:,.8g} {_UNITS.get(name, '')}".rstrip()


def _whole(name: str, value: Any) -> str:
    return f"{value} {_UNITS.get(name, '')}".rstrip()
