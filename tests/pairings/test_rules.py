from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest

from pairings.rules import PairingError, PairingRules, is_symbol, split_symbol

BTC_USD = PairingRules(
    symbol="BTC/USD",
    base="BTC",
    quote="USD",
    order_min=0.0001,
    cost_min=0.5,
    taker_fee=0.004,
    fee_tiers=((0.0, 0.004), (10_000.0, 0.0035)),
)

NO_SYMBOLS = [
    "BTCUSD",
    "BTC/",
    "/USD",
    "BTC/USD/EUR",
    "BTC-USD",
    " BTC/USD",
    "BTC/USD\n",
    "B TC/USD",
    "",
    "/",
    "BTC/US\x00D",
    "ВТС/USD",  # noqa: RUF001 - Cyrillic on purpose: it only looks like a symbol
    "<script>/USD",
    "A" * 33 + "/USD",
]


@pytest.mark.parametrize("symbol", ["BTC/USD", "ETH2.S/ETH", "AAPLx/USD", "1INCH/EUR"])
def test_a_symbol_splits_into_base_and_quote(symbol: str) -> None:
    assert "/".join(split_symbol(symbol)) == symbol
    assert is_symbol(symbol)


@pytest.mark.parametrize("symbol", NO_SYMBOLS)
def test_what_is_no_symbol_is_refused_in_one_short_line(symbol: str) -> None:
    with pytest.raises(PairingError, match="is not BASE/QUOTE") as refusal:
        split_symbol(symbol)

    assert "\n" not in str(refusal.value)
    assert str(refusal.value).isascii()
    assert len(str(refusal.value)) < 250
    assert not is_symbol(symbol)


def test_an_asset_cannot_be_traded_for_itself() -> None:
    with pytest.raises(PairingError, match="BTC/BTC joins BTC to itself"):
        PairingRules.from_symbol("BTC/BTC")

    assert not is_symbol("BTC/BTC")


def test_inferred_rules_have_eight_decimals_no_minimums_and_no_fee() -> None:
    rules = PairingRules.from_symbol("BTC/USD")

    assert rules == PairingRules(symbol="BTC/USD", base="BTC", quote="USD", inferred=True)
    assert (rules.lot_decimals, rules.order_min, rules.cost_min) == (8, 0.0, 0.0)
    assert rules.taker_fee is None
    assert rules.fee_tiers == ()


def test_rules_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        BTC_USD.order_min = 1.0  # type: ignore[misc]  # that it is refused is the point


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"base": "ETH"}, "BTC/USD: base 'ETH' and quote 'USD' do not make this symbol"),
        ({"lot_decimals": 19}, "lot_decimals is 19; it must lie from 0 to 18"),
        ({"lot_decimals": -1}, "lot_decimals is -1"),
        ({"order_min": -0.1}, "order_min is -0.1"),
        ({"order_min": float("nan")}, "order_min is nan"),
        ({"cost_min": float("inf")}, "cost_min is inf"),
        ({"cost_min": 1.1e15}, r"cost_min is 11.*; it must lie from 0 to 1e\+15"),
        ({"taker_fee": 1.0}, "taker_fee is 1.0; it must be a fraction"),
        ({"taker_fee": -0.001}, "taker_fee is -0.001"),
        ({"taker_fee": float("nan")}, "taker_fee is nan"),
        ({"fee_tiers": ((0.0, 0.4), (0.0, 0.3))}, "fee tier 0 comes after 0"),
        ({"fee_tiers": ((0.0, 40.0),)}, "a fee tier's rate is 40.0"),
        ({"fee_tiers": ((-1.0, 0.4),)}, "a fee tier's volume is -1.0"),
    ],
)
def test_rules_out_of_bounds_are_refused_by_name(change: dict[str, Any], message: str) -> None:
    with pytest.raises(PairingError, match=message):
        replace(BTC_USD, **change)


@pytest.mark.parametrize(
    ("volume_usd", "fee"), [(0, 0.004), (9_999.99, 0.004), (10_000, 0.0035), (1e12, 0.0035)]
)
def test_a_tier_holds_from_its_volume_on(volume_usd: float, fee: float) -> None:
    assert BTC_USD.taker_fee_at(volume_usd) == fee


def test_without_tiers_no_fee_is_known_for_a_volume() -> None:
    assert replace(BTC_USD, fee_tiers=()).taker_fee_at(0) is None
