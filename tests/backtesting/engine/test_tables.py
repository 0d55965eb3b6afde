"""What a replay leaves row by row."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import zstandard

from backtesting.engine.kernel.layout import BUY
from backtesting.engine.rows import TradeRows
from backtesting.engine.tables import ReplayTables, TablesError
from tests.backtesting.engine.running import event_store, prepare
from tests.backtesting.engine.vectors import Vector, load_vector

if TYPE_CHECKING:
    from backtesting.engine.report import BacktestReport

VECTOR = Path(__file__).parent / "vectors" / "02-later-books-part-fill"


@pytest.fixture
def vector() -> Vector:
    return load_vector(VECTOR)


@pytest.fixture
def report(vector: Vector) -> BacktestReport:
    engine = prepare(
        vector.events, pairings=vector.pairings, config=vector.config, balances=vector.balances
    )
    return engine.run()


def test_what_the_levels_gave_adds_up_to_every_order(report: BacktestReport) -> None:
    tables = report.tables

    for at, order in enumerate(tables.orders):
        takes = tables.takes[tables.takes["order"] == at]

        assert takes["quantity"].sum() == pytest.approx(order["filled"], rel=1e-9)
        assert (takes["price"] * takes["quantity"]).sum() == pytest.approx(order["money"], rel=1e-9)


def test_an_order_keeps_the_ladder_that_it_met(report: BacktestReport, vector: Vector) -> None:
    store = event_store(vector.events)

    tables = report.tables.with_ladders(store.columns)

    first, third = tables.ladders[0], tables.ladders[2]
    assert tables.orders["side"][0] == BUY
    # Leg 1 buys at 22 ms, on the book of 15 ms; leg 3 sells at 62 ms, on that of 55 ms.
    assert first["price"][:4].tolist() == [113000.0, 113000.5, 113001.0, 0.0]
    assert first["quantity"][:3].tolist() == [0.015, 0.02, 0.5]
    assert third["price"][:4].tolist() == [3561.2, 3560.1, 3558.0, 0.0]


def test_packed_tables_come_back_whole(report: BacktestReport, vector: Vector) -> None:
    tables = report.tables.with_ladders(event_store(vector.events).columns)

    back = ReplayTables.unpack(tables.pack())

    assert back.symbols == tables.symbols
    assert back.cycles == tables.cycles
    for name in ("trades", "orders", "episodes", "takes", "ladders"):
        # Bytes, for the NaN of what an order has not is equal to nothing.
        assert getattr(back, name).tobytes() == getattr(tables, name).tobytes()
    assert list(TradeRows(back)) == list(report.trades)


@pytest.mark.parametrize(
    "damaged",
    [b"", b"no zstd", zstandard.compress(b"{}\n"), zstandard.compress(b"[1]\n" + b"x" * 99)],
)
def test_damaged_tables_are_refused(damaged: bytes) -> None:
    with pytest.raises(TablesError, match="stored tables"):
        ReplayTables.unpack(damaged)


def test_a_page_reads_tables_without_the_compiler() -> None:
    code = "import sys, backtesting.engine.rows; sys.exit('numba' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
