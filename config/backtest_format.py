"""How figures are written in the pages of every app: templates show, they compute nothing.

`None` is shown as a dash; the reason beside it is the template's to say. Imports nothing of ours,
so that every app may use it: `{% load backtest_format %}`.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django import template
from django.utils.html import format_html

from config.commands import manage_command

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

register = template.Library()

DASH: Final = "-"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
# No asset is traded in smaller parts; what is less is what is left of rounding.
_LEAST, _LEAST_DIGITS = 1e-8, 8
_CENT, _CENT_DIGITS = 0.01, 2


@register.filter
def count(value: int | None) -> str:
    """Write a whole number with thousands: 1,234,567."""
    return DASH if value is None else f"{value:,}"


@register.filter
def amount(value: float | None, decimals: int | None = None) -> str:
    """Write money or a quantity with thousands and that many decimals; None: as it needs."""
    if value is None:
        return DASH
    return _unsigned_zero(f"{value:,.{_digits_for(value) if decimals is None else decimals}f}")


@register.filter
def exact(value: float | None, asset: str = "") -> str:
    """Write a number with all its digits, never as 1e-05, and its asset behind it."""
    return DASH if value is None else f"{_all_digits(value)} {asset}".rstrip()


@register.filter
def quantity(value: float | None) -> str:
    """Write a quantity or price with the digits it has, no trailing zeros."""
    if value is None:
        return DASH
    text = f"{value:,.8f}" if abs(value) < 1000 else f"{value:,.4f}"  # noqa: PLR2004 - cents of large ones
    return text.rstrip("0").rstrip(".")


@register.filter
def share(value: float | None, decimals: int = 2) -> str:
    """Write a fraction in per cent: 0.1234 is 12.34 %."""
    return DASH if value is None else _unsigned_zero(f"{value * 100:,.{decimals}f}") + " %"


@register.filter
def percent(fraction: float | None) -> str:
    """Write a rate in per cent with the digits it has, up to six: 0.0026 is 0.26 %."""
    return DASH if fraction is None else f"{_all_digits(float(f'{fraction * 100:.6g}'))} %"


@register.filter
def bps(value: float | None, decimals: int = 1) -> str:
    """Write a fraction in basis points: 0.0005 is 5.0 bps."""
    return DASH if value is None else _unsigned_zero(f"{value * 10_000:,.{decimals}f}") + " bps"


@register.filter
def pnl(value: float | None, decimals: int | None = None) -> SafeString | str:
    """Write a gain or loss with its sign and an arrow, so that color says nothing alone."""
    if value is None:
        return DASH
    digits = _digits_for(value) if decimals is None else decimals
    shown = _unsigned_zero(f"{value:+,.{digits}f}")
    kind, arrow = {"+": ("gain", "▲"), "-": ("loss", "▼")}.get(shown[0], ("even", "="))
    return format_html('<span class="pnl {}">{} {}</span>', kind, shown, arrow)


@register.filter
def figure(value: Any, kind: str) -> SafeString | str:
    """Write a value as its kind is written: pnl, amount, share, count, number; else as it is."""
    writers = {"pnl": pnl, "amount": amount, "share": share, "count": count, "number": amount}
    if value is None:
        return DASH
    return writers[kind](value) if kind in writers else str(value)


@register.filter
def seconds(value: float | None) -> str:
    """Write a length of time: 350 ms, 4.2 s, 3 min 5 s, 2 h 4 min, 3 d 2 h."""
    if value is None:
        return DASH
    if value < 1:
        return f"{value * 1000:.0f} ms"
    if value < _MINUTE:
        return f"{value:.1f} s"
    whole = round(value)
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR} h"


@register.filter
def moment(value: datetime | int | str | None, precision: str = "s") -> SafeString | str:
    """Write a time (datetime, microseconds or ISO 8601) in UTC as a <time>, `s`, `ms` or `us`.

    The page's own script shows it in local time where that is chosen.
    """
    if value is None or value == "":
        return DASH
    if isinstance(value, int):
        value = _EPOCH + timedelta(microseconds=value)
    elif isinstance(value, str):
        value = datetime.fromisoformat(value)
    time = value.astimezone(UTC)
    shown = time.strftime("%Y-%m-%d %H:%M:%S")
    if precision != "s":
        digits = 3 if precision == "ms" else 6
        shown += f".{time.microsecond:06d}"[: digits + 1]
    return format_html(
        '<time datetime="{}" data-precision="{}">{} UTC</time>', time.isoformat(), precision, shown
    )


@register.filter
def cycle(assets: Any) -> str:
    """Write a cycle with its way back: USD → BTC → ETH → USD."""
    names = list(assets)
    return " → ".join([*names, names[0]])


@register.filter
def ago(value: datetime | None) -> str:
    """Write how long ago a time was: 5 min ago."""
    if value is None:
        return DASH
    passed = max(timedelta(), datetime.now(UTC) - value).total_seconds()
    for size, word in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if passed >= size:
            return f"{int(passed // size)} {word} ago"
    return "just now"


@register.simple_tag
def command(*words: str) -> str:
    """Write a command as it can be pasted where the server was started."""
    return manage_command(*words)


def _digits_for(value: float) -> int:
    """Return two decimals, and for less than a cent as many as do not make it nothing."""
    if not _LEAST <= abs(value) < _CENT:
        return _CENT_DIGITS
    return min(_LEAST_DIGITS, 1 - math.floor(math.log10(abs(value))))


def _unsigned_zero(text: str) -> str:
    """Return a number as it was written, but what rounds to zero without its sign."""
    return text if any(digit in text for digit in "123456789") else text.lstrip("+-")


def _all_digits(value: float) -> str:
    text = f"{Decimal(repr(value)):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
