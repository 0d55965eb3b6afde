"""Kraken's answers about pairings, as they are read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from pairings.kraken import (
    canonical_symbol,
    parse_pairing_file,
    read_rules_file,
)
from pairings.rules import PairingRules
from pairings.strict_json import PairingFileError
from tests.pairings.answers import INSTRUMENT, XBT_USD, answer, instrument

if TYPE_CHECKING:
    from pathlib import Path

# A loaded machine is slow now and then, which says nothing of the reader.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def test_an_answer_of_2021_states_nothing_of_what_it_lacks() -> None:
    (row,) = parse_pairing_file(answer(XXBTZUSD=XBT_USD)).rows

    assert row.stated() == {
        "symbol": "BTC/USD",
        "base": "BTC",
        "quote": "USD",
        "lot_decimals": 8,
        "price_decimals": 1,
        "order_min": 0.0002,
        "taker_fee": 0.0026,
        "maker_fee": 0.0016,
        "fee_tiers": ((0.0, 0.0026), (50_000.0, 0.0024)),
        "kraken_key": "XXBTZUSD",
        "altname": "XBTUSD",
        "wsname": "XBT/USD",
    }


def test_an_answer_of_today_states_minimum_cost_tick_and_status() -> None:
    today = XBT_USD | {
        "cost_decimals": 5,
        "costmin": "0.5",
        "tick_size": "0.1",
        "status": "post_only",
    }

    (row,) = parse_pairing_file(answer(XXBTZUSD=today)).rows

    assert (row.cost_decimals, row.cost_min, row.tick_size) == (5, 0.5, 0.1)
    assert row.status == "post_only"
    assert not row.is_tradable()


def test_an_instrument_snapshot_states_no_fees() -> None:
    (row,) = parse_pairing_file(instrument(INSTRUMENT)).rows

    assert row.stated() == {
        "symbol": "BTC/USD",
        "base": "BTC",
        "quote": "USD",
        "lot_decimals": 8,
        "price_decimals": 1,
        "cost_decimals": 5,
        "order_min": 0.0001,
        "cost_min": 0.5,
        "tick_size": 0.1,
        "status": "online",
    }


@pytest.mark.parametrize(
    ("wsname", "symbol"),
    [
        ("XBT/USD", "BTC/USD"),
        ("ETH/XBT", "ETH/BTC"),
        ("XDG/XBT", "DOGE/BTC"),
        ("XTZ/USD", "XTZ/USD"),
        ("ZRX/XBT", "ZRX/BTC"),
        ("TBTC/USD", "TBTC/USD"),
    ],
)
def test_only_bitcoin_and_dogecoin_change_their_names(wsname: str, symbol: str) -> None:
    assert canonical_symbol(wsname) == symbol


@pytest.mark.parametrize("hundredths", range(0, 100, 3))
def test_a_percentage_becomes_the_very_double_of_its_fraction(hundredths: int) -> None:
    fees = [[0, hundredths / 100]]

    (row,) = parse_pairing_file(answer(XXBTZUSD=XBT_USD | {"fees": fees})).rows

    assert row.taker_fee == float(f"0.00{hundredths:02}")


def test_dark_pools_and_unknown_names_are_left_out_and_counted() -> None:
    nameless = {name: value for name, value in XBT_USD.items() if name != "wsname"}

    file = parse_pairing_file(
        answer(
            XXBTZUSD=XBT_USD,
            **{"XXBTZUSD.d": nameless, "ZZZ": nameless, "YYY": XBT_USD | {"wsname": "幣/USD"}},
        )
    )

    assert [row.symbol for row in file.rows] == ["BTC/USD"]
    assert file.skipped == {"dark_pool": 1, "no_wsname": 1, "unknown_name": 1}


def test_an_answer_may_be_keyed_by_the_name_that_was_asked_for() -> None:
    (row,) = parse_pairing_file(answer(**{"BTC/USD": XBT_USD})).rows

    assert (row.symbol, row.kraken_key) == ("BTC/USD", "BTC/USD")


def test_a_raw_capture_gives_its_newest_answer_and_its_time() -> None:
    url = "https://api.kraken.com/0/public/AssetPairs"
    newer = answer(XXBTZUSD=XBT_USD)
    text = (
        f"{url} -> 1618678132.5: {newer}\n{url} -> 1.0: {answer()}\n"
        "\nconfiguration: {}\nhttps://api.kraken.com/0/public/Time -> 9: {}\n"
    )

    file = parse_pairing_file(text)

    assert [row.symbol for row in file.rows] == ["BTC/USD"]
    assert file.taken_at == datetime(2021, 4, 17, 16, 48, 52, 500_000, UTC)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ordermin": "NaN"}, "XXBTZUSD: ordermin is 'NaN'; it must be a number"),
        ({"ordermin": "-1"}, "XXBTZUSD: ordermin is '-1'"),
        ({"costmin": {}}, "XXBTZUSD: costmin is an object"),
        ({"lot_decimals": 8.5}, "XXBTZUSD: lot_decimals is 8.5"),
        ({"lot_decimals": True}, "XXBTZUSD: lot_decimals is true"),
        ({"fees": 0.26}, "XXBTZUSD: fees is 0.26; it must be a list"),
        ({"fees": [[0]]}, "XXBTZUSD: fees holds a list; each entry must be"),
        ({"fees": [[0, 100]]}, "XXBTZUSD: fees holds 100 %; .* from 0 % to below 100 %"),
        ({"fees": [[0, -0.1]]}, "XXBTZUSD: fees holds -0.1 %"),
        ({"fees": [[0, 0.2], [0, 0.1]]}, "XXBTZUSD: .*fee tier 0 comes after 0"),
        ({"fees_maker": [[0, -101]]}, "XXBTZUSD: fees_maker holds -101 %"),
        ({"status": "on line"}, "XXBTZUSD: status is 'on line'; it must be one word"),
        ({"status": 5}, "XXBTZUSD: status is 5"),
        ({"altname": "\ud800"}, r"XXBTZUSD: altname is '\\ud800'"),
    ],
)
def test_a_bad_field_is_refused_with_place_name_value_and_remedy(
    change: dict[str, object], message: str
) -> None:
    with pytest.raises(PairingFileError, match=message):
        parse_pairing_file(answer(XXBTZUSD=XBT_USD | change))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("5", "holds 5; give Kraken's AssetPairs answer"),
        ("{}", "holds no result; give Kraken's AssetPairs answer"),
        ('{"result": []}', "holds no result"),
        ('{"result": {"A": 5}}', "A is 5; it must be an object"),
        ('{"error": ["EAPI:Rate limit exceeded"]}', "answered with an error, 'EAPI:Rate limit"),
        ('{"error": 1e999}', "answered with an error, 1e999"),
        ('{"channel": "instrument", "type": "update"}', "type 'update'; give the snapshot"),
        ('{"channel": "instrument", "type": "snapshot", "data": {}}', "pairs is null"),
        ("https://example.org/ -> 5: {}", "raw capture without an AssetPairs answer"),
        ("https://x/AssetPairs -> 5: []", "its AssetPairs answer is a list"),
        ("https://x/AssetPairs -> 5: [", "is not JSON"),
    ],
)
def test_an_answer_of_another_shape_is_refused_with_what_to_give(text: str, message: str) -> None:
    with pytest.raises(PairingFileError, match=message) as refusal:
        parse_pairing_file(text)

    assert "\n" not in str(refusal.value)


def test_two_entries_of_one_symbol_are_refused_naming_both() -> None:
    with pytest.raises(PairingFileError, match="XXBTZUSD and BTCUSD are both BTC/USD"):
        parse_pairing_file(answer(XXBTZUSD=XBT_USD, BTCUSD=XBT_USD | {"wsname": "BTC/USD"}))

    with pytest.raises(PairingFileError, match="pair 1 and pair 2 are both BTC/USD"):
        parse_pairing_file(instrument(INSTRUMENT, INSTRUMENT))


def test_rules_are_read_from_our_own_list(tmp_path: Path) -> None:
    path = tmp_path / "pairings.json"
    path.write_text(
        '[{"symbol": "BTC/USD", "base": "BTC", "quote": "USD", "lot_decimals": 5,'
        ' "order_min": 5e-05, "cost_min": "0.5", "taker_fee": 0.0026}]'
    )

    rules = read_rules_file(path)

    assert rules == {
        "BTC/USD": PairingRules(
            symbol="BTC/USD",
            base="BTC",
            quote="USD",
            lot_decimals=5,
            order_min=0.00005,
            cost_min=0.5,
            taker_fee=0.0026,
        )
    }


def test_an_empty_list_gives_no_rules(tmp_path: Path) -> None:
    path = tmp_path / "pairings.json"
    path.write_text("[]")

    assert read_rules_file(path) == {}


def test_a_refusal_opens_with_the_files_name(tmp_path: Path) -> None:
    path = tmp_path / "pärings.json"
    path.write_text("[5]")

    with pytest.raises(PairingFileError, match=r"p\\xe4rings.json: entry 1 is 5"):
        read_rules_file(path)
