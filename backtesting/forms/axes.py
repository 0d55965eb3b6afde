"""The fields of the sweep form that span its grid, and what each of them reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from backtesting.engine.config import BacktestConfig, ConfigError
from backtesting.forms.ranges import RangeError, ValueList, parse_values

if TYPE_CHECKING:
    from collections.abc import Mapping

_BPS: Final = Decimal(10_000)
_PERCENT: Final = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class AxisField:
    """A field of values for one parameter; typed numbers are divided by `divisor`."""

    name: str
    parameter: str
    units: Mapping[str, Decimal] = field(default_factory=dict)
    divisor: Decimal = Decimal(1)
    takes_none: bool = False

    def read(self, text: str) -> ValueList:
        """Return the values typed, not yet made; raise RangeError."""
        return parse_values(text, self.units, takes_none=self.takes_none)

    def values(self, typed: ValueList) -> tuple[float | None, ...]:
        """Return the values of the parameter; raise RangeError for one it does not take."""
        found = tuple(
            None if value is None else float(value / self.divisor) for value in typed.values()
        )
        for value in found:
            _judge(self.parameter, value)
        return found


NUMBERS: Final = (
    AxisField(
        name="thetas",
        parameter="min_profit_threshold",
        units={"bps": 1 / _BPS, "%": 1 / _PERCENT},
    ),
    AxisField(name="capitals", parameter="trade_capital"),
    AxisField(
        name="staleness",
        parameter="staleness_threshold_ms",
        units={"ms": Decimal(1), "s": Decimal(1000)},
        takes_none=True,
    ),
    AxisField(name="latencies", parameter="execution_latency_ms", units={"ms": Decimal(1)}),
    AxisField(name="slippages", parameter="slippage_bps", units={"bps": Decimal(1)}),
    AxisField(name="fee_percent", parameter="fee_rate", units={"%": Decimal(1)}, divisor=_PERCENT),
)


def _judge(parameter: str, value: Any) -> None:
    try:
        BacktestConfig(**{parameter: value})
    except ConfigError as error:
        raise RangeError(str(error)) from error
