"""How times, amounts and shares are shown in the pages of every app: `{% load display %}`."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from django import template
from django.utils.html import format_html

register = template.Library()

NOTHING: Final = "-"


@register.filter
def moment(at: datetime | None) -> str:
    """Show a time in UTC; a script of ours shows it in local time for who wants that."""
    if at is None:
        return NOTHING
    utc = at.astimezone(UTC)
    return format_html(
        '<time datetime="{}" data-precision="s">{} UTC</time>',
        utc.isoformat(),
        utc.strftime("%Y-%m-%d %H:%M:%S"),
    )


@register.filter
def percent(fraction: float | None) -> str:
    """Show 0.0026 as "0.26 %", to six figures."""
    if fraction is None:
        return NOTHING
    return f"{_plain(float(f'{fraction * 100:.6g}'))} %"


@register.filter
def amount(value: float | None, asset: str = "") -> str:
    """Show a number with all its digits, never as 1e-05, and its asset behind it."""
    if value is None:
        return NOTHING
    return f"{_plain(value)} {asset}".rstrip()


def _plain(value: float) -> str:
    text = f"{Decimal(repr(value)):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
