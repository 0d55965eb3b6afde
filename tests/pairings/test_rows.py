from __future__ import annotations

from dataclasses import replace

import pytest

from pairings.rows import PairingRow, rows_of_list
from pairings.rules import PairingRules
from pairings.strict_json import PairingFileError

BTC_USD = PairingRow(symbol="BTC/USD", base="BTC", quote="USD")


def test_a_row_states_only_what_its_source_said() -> None:
    assert BTC_USD.stated() == {"symbol": "BTC/USD", "base": "BTC", "quote": "USD"}


def test_what_is_not_stated_is_as_in_an_inferred_pairing_but_not_inferred() -> None:
    assert BTC_USD.rules() == PairingRules(symbol="BTC/USD", base="BTC", quote="USD")


@pytest.mark.parametrize("status", ["cancel_only", "delisted", "a_new_word"])
def test_a_pairing_is_tradable_unless_its_status_says_otherwise(status: str) -> None:
    online = replace(BTC_USD, status="online")

    other = replace(BTC_USD, status=status)

    assert BTC_USD.is_tradable()
    assert online.is_tradable()
    assert not other.is_tradable()


def test_a_list_entry_may_leave_out_all_but_its_symbol() -> None:
    (row,) = rows_of_list([{"symbol": "BTC/USD"}]).rows

    assert row == BTC_USD


def test_unknown_keys_are_ignored() -> None:
    (row,) = rows_of_list([{"symbol": "BTC/USD", "color": ["orange"]}]).rows

    assert row == BTC_USD


def test_a_fee_without_tiers_states_that_there_are_none() -> None:
    (row,) = rows_of_list([{"symbol": "BTC/USD", "taker_fee": "0.0026"}]).rows

    assert (row.taker_fee, row.fee_tiers) == (0.0026, ())


def test_tiers_state_the_first_tiers_fee() -> None:
    (row,) = rows_of_list(
        [{"symbol": "BTC/USD", "fee_tiers": [["0", "0.004"], ["10000", "0.0035"]]}]
    ).rows

    assert row.taker_fee == 0.004
    assert row.fee_tiers == ((0.0, 0.004), (10_000.0, 0.0035))


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([5], "entry 1 is 5; it must be an object"),
        ([{}], "entry 1: symbol is null; each entry must name one"),
        ([{"symbol": "BTCUSD"}], "entry 1: symbol 'BTCUSD' is not BASE/QUOTE"),
        ([{"symbol": "BTC/USD"}, {"symbol": "BTC/USD"}], "entry 1 and entry 2 are both BTC/USD"),
        ([{"symbol": "BTC/USD", "base": "ETH"}], "entry 1: .*base 'ETH'"),
        ([{"symbol": "BTC/USD", "taker_fee": "0.26%"}], "entry 1: taker_fee is '0.26%'"),
        ([{"symbol": "BTC/USD", "taker_fee": "1"}], "entry 1: BTC/USD: taker_fee is 1.0"),
        ([{"symbol": "BTC/USD", "order_min": "-1"}], "entry 1: order_min is '-1'"),
        ([{"symbol": "BTC/USD", "lot_decimals": "99"}], "entry 1: lot_decimals is '99'"),
        ([{"symbol": "BTC/USD", "fee_tiers": [["0", "9"]]}], "entry 1: BTC/USD: taker_fee is 9.0"),
    ],
)
def test_a_bad_entry_is_refused_with_its_number(entries: list[object], message: str) -> None:
    with pytest.raises(PairingFileError, match=message):
        rows_of_list(entries)
