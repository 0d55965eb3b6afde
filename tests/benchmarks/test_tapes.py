from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from marketdata.importers.jsonl import read_columns
from tests.benchmarks.tapes import (
    FEE_RATE,
    START_ASSETS,
    THETA,
    Kind,
    benchmark_pairings,
    benchmark_tape,
    write_jsonl,
)
from tests.marketdata.synthetic.looks import every_look

if TYPE_CHECKING:
    from pathlib import Path

    from marketdata.columns import BookColumns

EVENTS = 200_000


def count_looks(columns: BookColumns) -> tuple[int, int, int, int]:
    """Return cycles, looks, looks with a gross edge and opportunities."""
    cycles = looks = gross = opportunities = 0
    for cycle in every_look(columns, benchmark_pairings(), START_ASSETS):
        rate = cycle.gross_rate[cycle.is_look]
        sells = sum(leg.side == "sell" for leg in cycle.cycle.legs)
        net = rate * (1 - FEE_RATE) ** sells / (1 + FEE_RATE) ** (3 - sells) - 1
        cycles += 1
        looks += len(rate)
        gross += int((rate > 1).sum())
        opportunities += int((net >= THETA).sum())
    return cycles, looks, gross, opportunities


@pytest.mark.parametrize(
    ("kind", "opportunity_share", "gross_share"),
    [
        ("quiet", (0.0015, 0.0045), (0.0, 0.03)),
        ("busy", (0.022, 0.038), (0.0, 0.05)),
        ("standing", (0.0005, 0.003), (0.22, 0.28)),
    ],
)
def test_a_kind_has_the_opportunities_it_promises(
    kind: Kind, opportunity_share: tuple[float, float], gross_share: tuple[float, float]
) -> None:
    cycles, looks, gross, opportunities = count_looks(benchmark_tape(kind, EVENTS))

    assert cycles == 20
    assert opportunity_share[0] < opportunities / EVENTS < opportunity_share[1]
    assert gross_share[0] <= gross / looks < gross_share[1]


def test_an_eighth_of_all_events_share_the_time_before() -> None:
    columns = benchmark_tape("quiet", EVENTS)

    assert np.mean(np.diff(columns.time_us) == 0) == pytest.approx(0.12, abs=0.005)


@pytest.mark.parametrize("kind", ["quiet", "busy", "standing"])
def test_every_book_is_valid(kind: Kind) -> None:
    columns = benchmark_tape(kind, 20_000)

    books = columns.levels.reshape(-1, 20, 2)
    assert len(columns.symbols) == 10
    assert np.all(np.diff(columns.time_us) >= 0)
    assert np.all(books > 0)
    assert np.all(np.diff(books[:, :10, 0]) < 0)
    assert np.all(np.diff(books[:, 10:, 0]) > 0)
    assert np.all(books[:, 0, 0] < books[:, 10, 0])


def test_the_same_arguments_give_the_same_columns() -> None:
    first, second = benchmark_tape("busy", 5_000, 3), benchmark_tape("busy", 5_000, 3)

    assert np.array_equal(first.levels, second.levels)
    assert np.array_equal(first.time_us, second.time_us)
    assert not np.array_equal(first.levels, benchmark_tape("busy", 5_000, 4).levels)


def test_a_written_tape_reads_back_to_the_same_columns(tmp_path: Path) -> None:
    columns = benchmark_tape("busy", 20_000)
    write_jsonl(columns, tmp_path / "tape.jsonl")

    read, _ = read_columns(str(tmp_path / "tape.jsonl"))

    names = np.array(read.symbols)[read.symbol & 0x7FFF]
    assert np.array_equal(names, np.array(columns.symbols)[columns.symbol & 0x7FFF])
    assert np.array_equal(read.time_us, columns.time_us)
    assert np.array_equal(read.levels, columns.levels)
