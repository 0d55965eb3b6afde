"""What a replay is asked to do: the standard's section 0. Every default lives here alone."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from pairings.rules import is_asset, is_symbol

FILL_MODELS = ("modeled", "replayed")
REENTRIES = ("after_reset", "always")
DEFAULT_BALANCE = 1000.0
_MAX_SEED = 2**64 - 1  # the jitter's key wraps around at 64 bits
_MAX_LEVELS = 1_000_000  # more than a book can have: an order may use all of it
_MAX_CONCURRENT = 1_000_000
_MAX_AMOUNT = 1e15
_MAX_MS = 86_400_000.0
_LARGEST = sys.float_info.max
_VOLUME = re.compile(r"volume:([0-9]{1,15}(?:\.[0-9]{1,8})?)")
_SHOWN = 60


class ConfigError(ValueError):
    """A parameter is out of its bounds; the message names it, its value and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestConfig:
    """The parameters of one replay.

    Fractions are plain (0.0005 is 5 basis points), amounts in `quote_asset`, times in
    milliseconds. `start_assets` None: `quote_asset` alone.
    """

    fee_rate: float = 0.0
    fee_profile: str | None = None
    min_profit_threshold: float = 0.0005
    trade_capital: float = 100.0
    quote_asset: str = "USD"
    slippage_bps: float = 4.0
    execution_latency_ms: float = 20.0
    latency_jitter_ms: float = 0.0
    seed: int = 0
    max_depth_levels: int = 10
    max_concurrent_trades: int = 1
    min_order_size_by_pair: Mapping[str, float] | None = None
    staleness_threshold_ms: float | None = None
    fill_model: str = "modeled"
    reentry: str = "after_reset"
    start_assets: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        self._number("fee_rate", 0.0, 1.0, "write 0.0026 for 0.26 %", open_end=True)
        self._number("min_profit_threshold", -1.0, _MAX_AMOUNT, "0.0005 is 5 bps", open_start=True)
        self._number("trade_capital", 0.0, _MAX_AMOUNT, "in quote_asset", open_start=True)
        self._number("slippage_bps", 0.0, 10_000.0, "in basis points")
        self._number("execution_latency_ms", 0.0, _MAX_MS, "in milliseconds")
        self._number("latency_jitter_ms", 0.0, _MAX_MS, "in milliseconds")
        self._whole("seed", 0, _MAX_SEED)
        self._whole("max_depth_levels", 1, _MAX_LEVELS)
        self._whole("max_concurrent_trades", 1, _MAX_CONCURRENT)
        if self.staleness_threshold_ms is not None:
            self._number("staleness_threshold_ms", 0.0, _LARGEST, "in milliseconds, or null")
        self._choice("fill_model", FILL_MODELS)
        self._choice("reentry", REENTRIES)
        self._check_assets()
        self._check_minimums()
        self._check_profile()

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> BacktestConfig:
        """Return a config from names and values as a form, a command or a job gives them.

        Raises ConfigError for an unknown name, naming the nearest known one.
        """
        known = [field.name for field in fields(cls)]
        for name in values:
            if name not in known:
                near = difflib.get_close_matches(str(name), known, 1)
                remedy = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
                raise ConfigError(f"{_shown(name)} is no parameter of a backtest; {remedy}")
        return cls(**values)

    @property
    def starts(self) -> tuple[str, ...]:
        """Return the assets that cycles may start from, in order of preference."""
        return (self.quote_asset,) if self.start_assets is None else self.start_assets

    def as_json(self) -> dict[str, Any]:
        """Return every parameter as plain values, in the order of the standard."""
        values = asdict(self)
        if self.start_assets is not None:
            values["start_assets"] = list(self.start_assets)
        return values

    def _number(
        self,
        name: str,
        low: float,
        high: float,
        hint: str,
        *,
        open_start: bool = False,
        open_end: bool = False,
    ) -> None:
        value = getattr(self, name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ConfigError(f"{name} is {_shown(value)}; it must be a number ({hint})")
        # Bounds first: an integer may be too large for a double. NaN is within none.
        fits = low <= value <= high
        if not fits or (open_start and value == low) or (open_end and value == high):
            above = "above" if open_start else "at least"
            below = "below" if open_end else "at most"
            bound = "finite" if high == _LARGEST else f"{below} {high:g}"
            raise ConfigError(
                f"{name} is {_shown(value)}; it must be {above} {low:g} and {bound} ({hint})"
            )
        object.__setattr__(self, name, float(value))

    def _whole(self, name: str, low: int, high: int) -> None:
        value = getattr(self, name)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ConfigError(
                f"{name} is {_shown(value)}; it must be a whole number from {low} to {high}"
            )
        object.__setattr__(self, name, value)

    def _choice(self, name: str, choices: tuple[str, ...]) -> None:
        value = getattr(self, name)
        if value not in choices:
            raise ConfigError(f"{name} is {_shown(value)}; it must be one of {', '.join(choices)}")

    def _check_assets(self) -> None:
        starts: Any = self.start_assets
        if isinstance(starts, str) or (starts is not None and not isinstance(starts, list | tuple)):
            raise ConfigError(
                f'start_assets is {_shown(starts)}; write a list, such as ["USD", "EUR"]'
            )
        if starts is not None and not starts:
            raise ConfigError("start_assets is empty; name an asset, or null for quote_asset alone")
        for asset in (self.quote_asset, *(starts or ())):
            if not isinstance(asset, str) or not is_asset(asset):
                raise ConfigError(f"{_shown(asset)} is no asset; write its name, such as USD")
        if starts is not None:
            object.__setattr__(self, "start_assets", tuple(dict.fromkeys(starts)))

    def _check_minimums(self) -> None:
        minimums: Any = self.min_order_size_by_pair
        if minimums is None:
            return
        if not isinstance(minimums, Mapping):
            raise ConfigError(
                f"min_order_size_by_pair is {_shown(minimums)}; "
                'write quantities by symbol, such as {"BTC/USD": 0.0001}'
            )
        for symbol, minimum in minimums.items():
            if not isinstance(symbol, str) or not is_symbol(symbol):
                raise ConfigError(
                    f"min_order_size_by_pair names {_shown(symbol)}; "
                    "write the pairing's symbol, such as BTC/USD"
                )
            if not is_amount(minimum):
                raise ConfigError(
                    f"min_order_size_by_pair of {symbol} is {_shown(minimum)}; "
                    "it must be a finite quantity from 0 up"
                )
        object.__setattr__(
            self, "min_order_size_by_pair", {name: float(least) for name, least in minimums.items()}
        )

    def _check_profile(self) -> None:
        profile = self.fee_profile
        if profile is None:
            return
        if self.fee_rate > 0:
            raise ConfigError(
                f"fee_rate is {self.fee_rate} and fee_profile is {_shown(profile)}; "
                "set only one of them"
            )
        if profile not in ("zero", "schedule") and self.fee_volume is None:
            raise ConfigError(
                f'fee_profile is {_shown(profile)}; it must be "zero", "schedule" or '
                '"volume:N" with N USD of 30-day volume, such as "volume:50000"'
            )

    @property
    def fee_volume(self) -> float | None:
        """Return N of the fee profile `volume:N`, in USD; None for any other profile."""
        profile = self.fee_profile
        found = _VOLUME.fullmatch(profile) if isinstance(profile, str) else None
        return float(found[1]) if found else None


def check_balances(balances: Mapping[Any, Any]) -> dict[str, float]:
    """Return starting balances by asset as doubles; raise ConfigError for what can be none."""
    for asset, amount in balances.items():
        if not isinstance(asset, str) or not is_asset(asset):
            raise ConfigError(f"{_shown(asset)} is no asset; write its name, such as USD")
        if not is_amount(amount):
            raise ConfigError(
                f"the balance of {asset} is {_shown(amount)}; it must be a finite number from 0 up"
            )
    return {asset: float(amount) for asset, amount in balances.items()}


def is_amount(value: object) -> bool:
    """Say whether the value is a finite number from 0 up that a double can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= _LARGEST


def _shown(value: object) -> str:
    """Return a value for a message of one line, however long or odd it is."""
    try:
        text = repr(value)
    except ValueError:  # an integer of more digits than Python will print
        return "a number of thousands of digits"
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
