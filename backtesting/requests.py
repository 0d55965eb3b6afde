"""What a replay is asked for, as a value and as the plain values a job keeps.

Knows neither Numba nor the database: forms make requests in a process that replays nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from backtesting.engine.config import DEFAULT_BALANCE, BacktestConfig
from backtesting.engine.report import ReplayError
from pairings.rules import PairingRules


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayRequest:
    """What to replay: a `file` ("-": standard input), or the database where it is None.

    `rules` are used in place of the stored pairings, and then no stored account is consulted.
    `balances` None: the design's starting balance. `fees_at`: the time whose account rates are
    charged, the start of the run where it is None.
    """

    config: BacktestConfig
    file: str | None = None
    skip_bad: bool = False
    symbols: tuple[str, ...] | None = None
    recordings: tuple[str, ...] | None = None
    start: datetime | None = None
    end: datetime | None = None
    balances: Mapping[str, float] | None = None
    rules: Mapping[str, PairingRules] | None = field(default=None, repr=False)
    fees_at: datetime | None = None

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ReplayRequest:
        """Return the request that `as_json` gave, or that a form made; what is missing is None.

        Raises ReplayError or ConfigError for what is no request.
        """
        if unknown := sorted(set(values) - set(cls.__dataclass_fields__)):
            raise ReplayError(f"{unknown[0]!r} is no part of a request for a replay")
        rules = values.get("rules")
        return cls(
            config=BacktestConfig.from_values(values.get("config") or {}),
            file=values.get("file"),
            skip_bad=bool(values.get("skip_bad")),
            symbols=_names(values, "symbols"),
            recordings=_names(values, "recordings"),
            start=_time(values, "start"),
            end=_time(values, "end"),
            balances=_balances(values.get("balances")),
            rules=None if rules is None else {name: _rules(row) for name, row in rules.items()},
            fees_at=_time(values, "fees_at"),
        )

    @property
    def starting_balances(self) -> Mapping[str, float]:
        """Return what the account holds at the start, by asset."""
        if self.balances is None:
            return {self.config.quote_asset: DEFAULT_BALANCE}
        return self.balances

    def as_json(self) -> dict[str, Any]:
        """Return the request as plain values: the same for the same request, however it came."""
        values: dict[str, Any] = {
            "config": self.config.as_json(),
            "file": self.file,
            "skip_bad": self.skip_bad,
            "symbols": None if self.symbols is None else list(self.symbols),
            "recordings": None if self.recordings is None else list(self.recordings),
            "start": None if self.start is None else self.start.astimezone(UTC).isoformat(),
            "end": None if self.end is None else self.end.astimezone(UTC).isoformat(),
            "balances": dict(self.starting_balances),
        }
        if self.rules is not None:
            values["rules"] = {name: asdict(rules) for name, rules in self.rules.items()}
        if self.fees_at is not None:
            values["fees_at"] = self.fees_at.astimezone(UTC).isoformat()
        return values


def _names(values: Mapping[str, Any], part: str) -> tuple[str, ...] | None:
    names = values.get(part)
    if names is None:
        return None
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise ReplayError(f"{part} is {names!r}; it must be a list of names, or null")
    return tuple(names) or None


def _time(values: Mapping[str, Any], part: str) -> datetime | None:
    text = values.get(part)
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise ReplayError(f"{part} is {text!r}; it must be a time in ISO 8601, or null") from None
    if time.tzinfo is None:
        raise ReplayError(f"{part} is {text!r}, without a zone; add one, such as {text}Z")
    return time


def _balances(values: Any) -> dict[str, float] | None:
    if values is None:
        return None
    if not isinstance(values, Mapping):
        raise ReplayError(f'balances are {values!r}; write amounts by asset, such as {{"USD": 1}}')
    for asset, amount in values.items():
        if isinstance(amount, bool) or not isinstance(amount, int | float):
            raise ReplayError(f"the balance of {asset} is {amount!r}; it must be a number")
    return {asset: float(amount) for asset, amount in values.items()}


def _rules(row: Mapping[str, Any]) -> PairingRules:
    tiers = tuple((volume, fee) for volume, fee in row.get("fee_tiers", ()))
    return PairingRules(**{**row, "fee_tiers": tiers})
