"""Kraken's own answers about its pairings, in the naming of its WebSocket v2. Pure.

Read are the AssetPairs answer (of 2021 and of today, bare or as a raw capture `URL -> time: body`)
and the snapshot of the `instrument` channel; beside them, our own list.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from pairings.rows import PairingFile, PairingRow, checked, refuse_twins, rows_of_list
from pairings.rules import MAX_SYMBOL_LENGTH, is_symbol, split_symbol
from pairings.strict_json import (
    Fields,
    PairingFileError,
    parse_json,
    read_text,
    shown,
    source_name,
)

if TYPE_CHECKING:
    from pathlib import Path

    from pairings.rules import PairingRules

# WebSocket v2 spells these two as everybody does; AssetPairs and WebSocket v1 keep old names.
NEW_NAMES: Final = {"XBT": "BTC", "XDG": "DOGE"}
DARK_POOL_SUFFIX: Final = ".d"
_CAPTURE: Final = re.compile(r"https?://\S*AssetPairs\S* -> ([0-9]{1,10}(?:\.[0-9]{1,9})?): (.*)")
_STATUS: Final = re.compile(r"[a-z_]{1,32}")
_PLAIN: Final = re.compile(rf"[!-~]{{1,{MAX_SYMBOL_LENGTH}}}")
_WHOLE: Final = 100
_EXPECTED: Final = (
    "give Kraken's AssetPairs answer, an instrument snapshot of its WebSocket v2, "
    "or a JSON list of {symbol, base, quote, lot_decimals, order_min, cost_min, taker_fee}"
)


def read_rules_file(path: str | Path) -> dict[str, PairingRules]:
    """Return the rules by symbol of any file we read; raise PairingFileError naming the file."""
    return {row.symbol: row.rules() for row in read_pairing_file(path).rows}


def read_pairing_file(source: str | Path) -> PairingFile:
    """Return the pairings of a file ("-": standard input); raise PairingFileError naming it."""
    try:
        return parse_pairing_file(read_text(source))
    except PairingFileError as error:
        raise PairingFileError(f"{source_name(source)}: {error}") from None


def parse_pairing_file(text: str) -> PairingFile:
    """Return the pairings of any text we read, told apart by its shape."""
    if text.startswith(("http://", "https://")):
        return _parse_capture(text)
    value = parse_json(text)
    if isinstance(value, list):
        return rows_of_list(value)
    if not isinstance(value, dict):
        raise PairingFileError(f"holds {shown(value)}; {_EXPECTED}")
    if value.get("channel") == "instrument":
        return _instrument(value)
    return _asset_pairs(value)


def canonical_symbol(wsname: str) -> str:
    """Return `XBT/USD` as `BTC/USD`; raise PairingError where it is no symbol."""
    base, quote = split_symbol(wsname)
    return f"{NEW_NAMES.get(base, base)}/{NEW_NAMES.get(quote, quote)}"


def _parse_capture(text: str) -> PairingFile:
    """Read the newest AssetPairs answer of a raw HTTP capture; its other lines are not ours."""
    found = [match for line in text.splitlines() if (match := _CAPTURE.fullmatch(line))]
    if not found:
        raise PairingFileError(f"is a raw capture without an AssetPairs answer; {_EXPECTED}")
    newest = max(found, key=lambda match: float(match[1]))
    value = parse_json(newest[2])
    if not isinstance(value, dict):
        raise PairingFileError(f"its AssetPairs answer is {shown(value)}; {_EXPECTED}")
    return _asset_pairs(value, taken_at=datetime.fromtimestamp(float(newest[1]), UTC))


def _asset_pairs(value: dict[str, Any], *, taken_at: datetime | None = None) -> PairingFile:
    if value.get("error"):
        raise PairingFileError(
            f"Kraken answered with an error, {shown(_first(value['error']))}; ask it again"
        )
    if not isinstance(value.get("result"), dict):
        raise PairingFileError(f"holds no result; {_EXPECTED}")
    rows: dict[str, PairingRow] = {}
    skipped: Counter[str] = Counter()
    for key, entry in value["result"].items():
        fields = Fields(entry, key if _PLAIN.fullmatch(key) else shown(key))
        reason = _reason_to_skip(key, fields)
        if reason:
            skipped[reason] += 1
        else:
            rows[fields.place] = checked(_asset_pairs_row(key, fields), fields.place)
    return PairingFile(rows=refuse_twins(rows), skipped=skipped, taken_at=taken_at)


def _reason_to_skip(key: str, fields: Fields) -> str | None:
    """Return why a pairing is none of ours: `dark_pool`, `no_wsname` or `unknown_name`."""
    wsname = fields.get("wsname")
    if key.endswith(DARK_POOL_SUFFIX):
        return "dark_pool"
    if wsname is None:
        return "no_wsname"
    # Kraken may list assets in any script; one such name must not bar the others.
    if not isinstance(wsname, str) or not is_symbol(wsname) or not _PLAIN.fullmatch(key):
        return "unknown_name"
    return None


def _asset_pairs_row(key: str, fields: Fields) -> PairingRow:
    wsname = fields.text("wsname") or ""
    symbol = canonical_symbol(wsname)
    base, quote = symbol.split("/")
    takers = _fractions(fields, "fees", lowest=0)
    # Makers may be paid: Kraken's rebates are fees below zero.
    makers = _fractions(fields, "fees_maker", lowest=-100)
    return PairingRow(
        symbol=symbol,
        base=base,
        quote=quote,
        lot_decimals=fields.whole("lot_decimals"),
        price_decimals=fields.whole("pair_decimals"),
        cost_decimals=fields.whole("cost_decimals"),
        order_min=fields.amount("ordermin"),
        cost_min=fields.amount("costmin"),
        tick_size=fields.amount("tick_size"),
        taker_fee=takers[0][1] if takers else None,
        maker_fee=makers[0][1] if makers else None,
        fee_tiers=takers or None,
        kraken_key=key,
        altname=fields.text("altname"),
        wsname=wsname,
        status=_status(fields),
    )


def _instrument(value: dict[str, Any]) -> PairingFile:
    data = value.get("data")
    if value.get("type") != "snapshot" or not isinstance(data, dict):
        raise PairingFileError(
            f"is an instrument message of type {shown(value.get('type'))}; give the snapshot"
        )
    entries = data.get("pairs")
    if not isinstance(entries, list):
        raise PairingFileError(f"pairs is {shown(entries)}; it must be a list")
    rows: dict[str, PairingRow] = {}
    skipped: Counter[str] = Counter()
    for number, entry in enumerate(entries, 1):
        fields = Fields(entry, f"pair {number}")
        symbol = fields.get("symbol")
        if isinstance(symbol, str) and is_symbol(symbol):
            rows[fields.place] = checked(_instrument_row(fields), fields.place)
        else:
            skipped["unknown_name"] += 1
    return PairingFile(rows=refuse_twins(rows), skipped=skipped)


def _instrument_row(fields: Fields) -> PairingRow:
    symbol = fields.text("symbol") or ""
    base, quote = split_symbol(symbol)
    tick_size = fields.amount("price_increment")
    return PairingRow(
        symbol=symbol,
        base=fields.text("base") or base,
        quote=fields.text("quote") or quote,
        lot_decimals=fields.whole("qty_precision"),
        price_decimals=fields.whole("price_precision"),
        cost_decimals=fields.whole("cost_precision"),
        order_min=fields.amount("qty_min"),
        cost_min=fields.amount("cost_min"),
        # `tick_size` is the deprecated name of `price_increment`.
        tick_size=fields.amount("tick_size") if tick_size is None else tick_size,
        status=_status(fields),
    )


def _fractions(fields: Fields, name: str, *, lowest: int) -> tuple[tuple[float, float], ...]:
    """Return Kraken's [[volume, percent], ...] with fractions for percents.

    The division happens in decimals: 0.26 % is the double 0.0026, without the dust of 0.26 / 100.
    """
    tiers = fields.pairs(name)
    for _, percent in tiers:
        if not lowest <= percent < _WHOLE:
            raise PairingFileError(
                f"{fields.place}: {name} holds {percent} %; "
                f"a fee must lie from {lowest} % to below {_WHOLE} %"
            )
    return tuple((float(volume), float(percent.scaleb(-2))) for volume, percent in tiers)


def _status(fields: Fields) -> str | None:
    status = fields.text("status")
    if status is not None and not _STATUS.fullmatch(status):
        raise fields.refusal("status", "it must be one word such as online or cancel_only")
    return status


def _first(errors: object) -> object:
    return errors[0] if isinstance(errors, list) else errors
