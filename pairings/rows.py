"""What a file states of one pairing, and our own JSON list of them. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

from pairings.rules import DEFAULT_LOT_DECIMALS, PairingError, PairingRules, split_symbol
from pairings.strict_json import Fields, PairingFileError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

ONLINE: Final = "online"
# Kraken's answers of 2021 and our own list say nothing of a status: nothing speaks against it.
TRADABLE_STATUSES: Final = ("", ONLINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingRow:
    """One pairing as its source states it; None where the source says nothing of a field.

    Fees are fractions; `fee_tiers` are the taker's.
    """

    symbol: str
    base: str
    quote: str
    lot_decimals: int | None = None
    price_decimals: int | None = None
    cost_decimals: int | None = None
    order_min: float | None = None
    cost_min: float | None = None
    tick_size: float | None = None
    taker_fee: float | None = None
    maker_fee: float | None = None
    fee_tiers: tuple[tuple[float, float], ...] | None = None
    kraken_key: str | None = None
    altname: str | None = None
    wsname: str | None = None
    status: str | None = None

    def is_tradable(self) -> bool:
        return (self.status or "") in TRADABLE_STATUSES

    def stated(self) -> dict[str, Any]:
        """Return what the source states, by field."""
        values = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def rules(self) -> PairingRules:
        """Return the rules; what is not stated is as in an inferred pairing."""
        return PairingRules(
            symbol=self.symbol,
            base=self.base,
            quote=self.quote,
            lot_decimals=DEFAULT_LOT_DECIMALS if self.lot_decimals is None else self.lot_decimals,
            order_min=self.order_min or 0.0,
            cost_min=self.cost_min or 0.0,
            taker_fee=self.taker_fee,
            fee_tiers=self.fee_tiers or (),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingFile:
    """The pairings of one file: rows in its order, those left out by reason, when it was taken."""

    rows: tuple[PairingRow, ...]
    skipped: Mapping[str, int] = field(default_factory=Counter[str])
    taken_at: datetime | None = None


def checked(row: PairingRow, place: str) -> PairingRow:
    """Return the row if its rules hold; raise PairingFileError naming its place otherwise."""
    try:
        row.rules()
    except PairingError as error:
        raise PairingFileError(f"{place}: {error}") from None
    return row


def refuse_twins(rows: Mapping[str, PairingRow]) -> tuple[PairingRow, ...]:
    """Return the rows by place in their order; refuse two of one symbol, naming both places."""
    places: dict[str, str] = {}
    for place, row in rows.items():
        first = places.setdefault(row.symbol, place)
        if first != place:
            raise PairingFileError(
                f"{first} and {place} are both {row.symbol}; leave one of them out"
            )
    return tuple(rows.values())


def rows_of_list(entries: list[object]) -> PairingFile:
    """Return the rows of our own list: {symbol, base, quote, lot_decimals, order_min, ...}."""
    rows = {}
    for number, entry in enumerate(entries, 1):
        place = f"entry {number}"
        rows[place] = checked(_list_row(Fields(entry, place)), place)
    return PairingFile(rows=refuse_twins(rows))


def _list_row(entry: Fields) -> PairingRow:
    symbol = entry.text("symbol")
    if symbol is None:
        raise entry.refusal("symbol", "each entry must name one, such as BTC/USD")
    try:
        base, quote = split_symbol(symbol)
    except PairingError as error:
        raise PairingFileError(f"{entry.place}: {error}") from None
    tiers = tuple((float(volume), float(fee)) for volume, fee in entry.pairs("fee_tiers"))
    taker_fee = entry.amount("taker_fee")
    if taker_fee is None and tiers:
        taker_fee = tiers[0][1]
    return PairingRow(
        symbol=symbol,
        base=entry.text("base") or base,
        quote=entry.text("quote") or quote,
        lot_decimals=entry.whole("lot_decimals"),
        order_min=entry.amount("order_min"),
        cost_min=entry.amount("cost_min"),
        taker_fee=taker_fee,
        # A fee without tiers replaces tiers known before: the two would contradict each other.
        fee_tiers=None if taker_fee is None else tiers,
    )
