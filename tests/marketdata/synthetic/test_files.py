from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import zstandard

from marketdata.importers.jsonl import read_columns
from marketdata.synthetic import SyntheticError, TapeRequest, make_recording, write_recording
from marketdata.synthetic.files import ENDINGS

if TYPE_CHECKING:
    from pathlib import Path

REQUEST = TapeRequest(events=2_000, seed=9, has_faults=True)


def test_a_file_reads_back_to_the_very_tape(tmp_path: Path) -> None:
    write_recording(REQUEST, tmp_path / "tape.jsonl")

    read, reader = read_columns(str(tmp_path / "tape.jsonl"))

    made = make_recording("stress", 2_000, 9, has_faults=True).columns()
    names = np.array(read.symbols)[read.symbol & 0x7FFF]
    assert np.array_equal(names, np.array(made.symbols)[made.symbol & 0x7FFF])
    assert np.array_equal(read.time_us, made.time_us)
    assert np.array_equal(read.depth_start, made.depth_start)
    assert np.array_equal(read.bid_count, made.bid_count)
    assert np.array_equal(read.levels, made.levels)
    assert sum(reader.refused.values()) == 0
    assert reader.header is not None


def test_line_one_is_the_header(tmp_path: Path) -> None:
    write_recording(REQUEST, tmp_path / "tape.jsonl")

    with (tmp_path / "tape.jsonl").open() as file:
        assert json.loads(next(file)) == REQUEST.header()
        assert set(json.loads(next(file))) == {"occurred_at", "symbol", "bids", "asks"}


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_ending_holds_the_same_text_and_the_same_bytes_twice(
    tmp_path: Path, ending: str
) -> None:
    plain, first, second = (tmp_path / f"{name}.jsonl" for name in ("plain", "first", "second"))
    first, second = first.with_name(f"first{ending}"), second.with_name(f"second{ending}")
    for path in (plain, first, second):
        write_recording(REQUEST, path)

    data = first.read_bytes()
    if ending.endswith("gz"):
        text = gzip.decompress(data)
    elif ending.endswith("zst"):
        text = zstandard.ZstdDecompressor().decompressobj().decompress(data)
    else:
        text = data
    assert text == plain.read_bytes()
    assert data == second.read_bytes()


def test_the_ledger_stands_beside_it_with_times_one_can_read(tmp_path: Path) -> None:
    written = write_recording(REQUEST, tmp_path / "tape.jsonl.gz")

    head, *rows = (tmp_path / "tape.ledger.jsonl").read_text().splitlines()
    planted = make_recording("stress", 2_000, 9, has_faults=True).ledger
    assert written.ledger_path == tmp_path / "tape.ledger.jsonl"
    assert json.loads(head)["ledger"]["synthetic"] is True
    assert [json.loads(row)["peak_gross_bps"] for row in rows] == [
        row.peak_gross_bps for row in planted
    ]
    assert written.dislocations == len(rows) > 0
    assert json.loads(rows[0])["start"].startswith("2025-03-03T12:00:")


def test_nothing_is_overwritten_unless_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    path.write_text("mine")

    with pytest.raises(SyntheticError, match="is there already"):
        write_recording(REQUEST, path)

    assert path.read_text() == "mine"
    assert write_recording(REQUEST, path, overwrite=True).events == 2_000


def test_a_ledger_is_not_overwritten_either(tmp_path: Path) -> None:
    (tmp_path / "tape.ledger.jsonl").write_text("mine")

    with pytest.raises(SyntheticError, match=r"tape\.ledger\.jsonl is there already"):
        write_recording(REQUEST, tmp_path / "tape.jsonl.zst")


def test_what_is_broken_off_leaves_nothing(tmp_path: Path) -> None:
    def stop(_count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_recording(REQUEST, tmp_path / "tape.jsonl", progress=stop)

    assert list(tmp_path.iterdir()) == []


def test_progress_counts_every_event(tmp_path: Path) -> None:
    counts: list[int] = []

    write_recording(REQUEST, tmp_path / "tape.jsonl", progress=counts.append)

    assert sum(counts) == 2_000


@pytest.mark.parametrize("name", ["tape.csv", "tape", ".jsonl", "tape.jsonl.bz2"])
def test_a_name_that_does_not_say_its_format_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SyntheticError, match=r"its name must end in \.jsonl"):
        write_recording(REQUEST, tmp_path / name)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SyntheticError, match="its folder does not exist"):
        write_recording(REQUEST, tmp_path / "nowhere" / "tape.jsonl")
