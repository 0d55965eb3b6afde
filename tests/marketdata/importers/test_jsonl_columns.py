"""A file as columns: sorted symbols, the window asked for, and real tapes read whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from marketdata.columns import SAME_TIME_FOLLOWS, SYMBOL_MASK
from marketdata.importers.batches import ImportRefused
from marketdata.importers.jsonl import read_columns
from tests.marketdata.importers.recordings import NOON, at

TAPES = Path(__file__).parents[4] / "shared" / "fixtures" / "tapes"


def test_columns_are_sorted_by_symbol_and_flag_ties(file: Path) -> None:
    lines = [at(1, symbol="ETH/USD"), at(1), at(2, symbol="ADA/USD", bids=[])]
    file.write_bytes(b"\n".join(lines))

    columns, reader = read_columns(file)

    assert columns.symbols == ("ADA/USD", "BTC/USD", "ETH/USD")
    assert (columns.symbol & SYMBOL_MASK).tolist() == [2, 1, 0]
    assert (columns.symbol >= SAME_TIME_FOLLOWS).tolist() == [True, False, False]
    assert columns.best_bid.tolist() == [59999.9, 59999.9, 0.0]
    assert reader.symbols == ["ETH/USD", "BTC/USD", "ADA/USD"]


def test_columns_hold_only_the_symbols_and_the_window_asked_for(file: Path) -> None:
    names = ["ETH/USD", "BTC/USD", "ADA/USD"]
    file.write_bytes(b"\n".join(at(t, symbol=names[t % 3]) for t in range(9)))

    columns, reader = read_columns(
        file, symbols=["ETH/USD", "BTC/USD", "XRP/USD"], start_us=NOON + 1, end_us=NOON + 7
    )

    assert columns.symbols == ("BTC/USD", "ETH/USD")
    assert (columns.time_us - NOON).tolist() == [1, 3, 4, 6]
    assert (columns.symbol & SYMBOL_MASK).tolist() == [0, 1, 0, 1]
    assert len(columns.levels) == 4 * 4
    assert reader.symbols == names


def test_what_is_left_out_of_the_columns_is_checked_all_the_same(file: Path) -> None:
    file.write_bytes(at(1) + b"\n" + at(2, symbol="ETH/USD", bids=[[0, 0]]))

    with pytest.raises(ImportRefused):
        read_columns(file, symbols=["BTC/USD"], end_us=NOON)


def test_an_empty_file_gives_empty_columns(file: Path) -> None:
    file.write_bytes(b"")

    columns, reader = read_columns(file, symbols=["BTC/USD"])

    assert len(columns) == 0
    assert columns.symbols == ()
    assert reader.symbols == []


@pytest.mark.parametrize(
    ("name", "events", "symbols"),
    [("real_kraken_btcusd_51s", 510, 1), ("real_poloniex_11pairs_30s", 294, 11)],
)
def test_the_real_tapes_are_read_without_a_refusal(name: str, events: int, symbols: int) -> None:
    tape = TAPES / f"{name}.jsonl"
    if not tape.exists():
        pytest.skip(f"THE REAL TAPES ARE MISSING: {tape}")

    columns, reader = read_columns(tape)

    assert len(columns) == events
    assert len(reader.symbols) == symbols
    assert not reader.refused
