"""Rows of a file into stored pairings: all or nothing, in a handful of statements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from pairings.models import Pairing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pairings.rows import PairingRow

# What a load may change of a pairing that exists; base and quote follow from the symbol.
_RULES: Final = (
    "lot_decimals",
    "price_decimals",
    "cost_decimals",
    "order_min",
    "cost_min",
    "tick_size",
    "taker_fee",
    "maker_fee",
    "fee_tiers",
    "kraken_key",
    "altname",
    "wsname",
    "status",
)
_WRITTEN: Final = (*_RULES, "enabled", "inferred", "rules_as_of", "updated_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOutcome:
    """What a load did, by symbol; `not_online` are those of the file that it would not enable."""

    new: tuple[str, ...]
    updated: tuple[str, ...]
    unchanged: tuple[str, ...]
    not_online: tuple[str, ...]


def store_rows(rows: Sequence[PairingRow], *, enable: bool, taken_at: datetime) -> LoadOutcome:
    """Store rows of distinct symbols: new ones disabled, old ones with their rules replaced.

    What a row does not state stays as it was. `enable` turns on all of them that are online;
    nothing is ever turned off. A pairing with rules of its own is inferred no more.
    """
    in_order = sorted(rows, key=lambda row: row.symbol)  # two loads lock rows in one order
    with transaction.atomic():
        stored = {
            pairing.symbol: pairing
            for pairing in Pairing.objects.select_for_update().for_symbols(
                row.symbol for row in in_order
            )
        }
        wanted = [_wanted(row, stored.get(row.symbol), enable=enable) for row in in_order]
        changed = [pairing for pairing in wanted if _differs(pairing, stored.get(pairing.symbol))]
        _upsert(changed, taken_at)
        written = {pairing.symbol for pairing in changed}
        unchanged = tuple(row.symbol for row in in_order if row.symbol not in written)
        Pairing.objects.for_symbols(unchanged).update(rules_as_of=taken_at)
    return LoadOutcome(
        new=tuple(symbol for symbol in sorted(written) if symbol not in stored),
        updated=tuple(symbol for symbol in sorted(written) if symbol in stored),
        unchanged=unchanged,
        not_online=tuple(row.symbol for row in in_order if not row.is_tradable()),
    )


def _wanted(row: PairingRow, stored: Pairing | None, *, enable: bool) -> Pairing:
    """Return the pairing as it shall be: a fresh object, since an upsert bears no primary key."""
    values: dict[str, Any] = {"base": row.base, "quote": row.quote, "symbol": row.symbol}
    if stored:
        values |= {name: getattr(stored, name) for name in (*_RULES, "enabled")}
    values |= row.stated()
    # As a list, which is how it will come back: a tuple would always look changed.
    values["fee_tiers"] = [list(tier) for tier in values.get("fee_tiers", ())]
    pairing = Pairing(**values, inferred=False)
    pairing.enabled = pairing.enabled or (enable and pairing.is_tradable())
    return pairing


def _differs(wanted: Pairing, stored: Pairing | None) -> bool:
    names = (*_RULES, "enabled", "inferred")
    return stored is None or any(getattr(wanted, name) != getattr(stored, name) for name in names)


def _upsert(pairings: Sequence[Pairing], taken_at: datetime) -> None:
    for pairing in pairings:
        pairing.rules_as_of = taken_at
    Pairing.objects.bulk_create(
        pairings, update_conflicts=True, unique_fields=["symbol"], update_fields=_WRITTEN
    )
