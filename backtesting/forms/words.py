"""What `BacktestConfig` refuses, in the words and units of the field where it was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from backtesting.engine.config import ConfigError

# Fields that are typed in another unit than their parameter has: the unit, and what must hold.
_CONVERTED: Final = {
    "min_profit_threshold": ("bps", "it must be above -10,000; 5 bps are 0.05 %"),
    "fee_rate": ("%", "it must be at least 0 and below 100; 0.26 is 0.26 %"),
}


def in_words(error: ConfigError, parameter: str, label: str, typed: object) -> str:
    """Return an error as the trader reads it: with the field's label and what was typed."""
    name = label.partition(",")[0]
    if converted := _CONVERTED.get(parameter):
        unit, remedy = converted
        return f"{name} is {typed} {unit}; {remedy}"
    return str(error).replace(parameter, name)
