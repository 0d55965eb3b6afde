"""What `BacktestConfig` refuses, in the words and units of the field where it was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django import forms

from config.number_fields import DecimalField, FloatField, IntegerField

if TYPE_CHECKING:
    from backtesting.engine.config import ConfigError

# Fields that are typed in another unit than their parameter has: the unit, and what must hold.
_CONVERTED: Final = {
    "min_profit_threshold": ("bps", "it must be above -10,000; 5 bps are 0.05 %"),
    "fee_rate": ("%", "it must be at least 0 and below 100; 0.26 is 0.26 %"),
}


_ODD: Final = {
    forms.DateTimeField: "This is no time; write a time such as 2026-03-01 12:00:00, in UTC",
    IntegerField: "This is no whole number; write a whole number, such as {}",
    FloatField: "This is no number; write a number, such as {}",
    DecimalField: "This is no number; write a number, such as {}",
}


def say_what_to_write(field: forms.Field, default: object) -> None:
    """Have a field that cannot read what was typed name what it can read."""
    if words := _ODD.get(type(field)):
        field.error_messages["invalid"] = words.format(default or 1)


def in_words(error: ConfigError, parameter: str, label: str, typed: object) -> str:
    """Return an error as the trader reads it: with the field's label and what was typed."""
    name = label.partition(",")[0]
    if converted := _CONVERTED.get(parameter):
        unit, remedy = converted
        return f"{name} is {typed} {unit}; {remedy}"
    return str(error).replace(parameter, name)
