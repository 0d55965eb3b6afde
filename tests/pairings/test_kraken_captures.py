"""What Kraken really answered, then and now."""

from __future__ import annotations

from datetime import UTC, datetime

from pairings.kraken import (
    read_pairing_file,
    read_rules_file,
)
from tests.pairings.captures import capture


def test_the_whole_answer_of_2021_is_read() -> None:
    file = read_pairing_file(capture("http_assetpairs_2021.txt"))

    symbols = {row.symbol for row in file.rows}
    assert len(symbols) == 293
    assert file.skipped == {"dark_pool": 11}
    assert {"BTC/USD", "DOGE/BTC", "ETH2.S/ETH"} <= symbols
    assert not any("XBT" in symbol or "XDG" in symbol for symbol in symbols)
    assert {row.taker_fee for row in file.rows} == {0.0026, 0.002}
    assert file.taken_at == datetime(2021, 4, 17, 16, 48, 52, 358_447, UTC)


def test_an_answer_for_one_pairing_of_today_is_read() -> None:
    (rules,) = read_rules_file(capture("rest_asset_pairs_xxbtzusd.json")).values()

    assert (rules.symbol, rules.order_min, rules.cost_min) == ("BTC/USD", 0.00005, 0.5)
    assert (rules.taker_fee, rules.taker_fee_at(500_000_000)) == (0.004, 0.0005)


def test_a_documented_instrument_snapshot_is_read() -> None:
    (rules,) = read_rules_file(capture("ws2_instrument_doc_pairs.json")).values()

    assert (rules.symbol, rules.order_min, rules.taker_fee) == ("BTC/USD", 0.0001, None)
