"""`manage.py sweep`: the contract of the standard's section 12."""

from __future__ import annotations

import csv
import json
from datetime import datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from marketdata.importers.jsonl import JsonlReader
from marketdata.ingest import import_recording
from marketdata.synthetic import TapeRequest, write_recording
from tests.backtesting.commands import FREE, Outcome, run_command, write_tape
from tests.backtesting.search.rows import edges
from tests.tapes import MS, top

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.django_db

SYMBOLS = ["BTC/USD", "ETH/BTC", "ETH/USD"]
REPLAYED = (*FREE, "--set", "fill_model=replayed")
GRID = ("--theta", "0.0005,0.02", "--trade-capital", "100,50", "--staleness-ms", "none,5")


@pytest.fixture
def sweep(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    def run(*arguments: str) -> Outcome:
        return run_command(capsys, "sweep", *arguments)

    return run


@pytest.fixture
def replay(capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    def run(*arguments: str) -> dict[str, Any]:
        return run_command(capsys, "replay", *arguments, "--json").json()

    return run


@pytest.fixture
def tape(tmp_path: Path) -> str:
    return write_tape(tmp_path / "tape.jsonl", edges(20))


def test_json_is_one_object_of_the_shape_of_the_standard(
    sweep: Callable[..., Outcome], tape: str
) -> None:
    done = sweep("--file", tape, *REPLAYED, *GRID, "--json")

    found = done.json()
    assert (done.code, done.out.count("\n"), len(found["results"])) == (0, 1, 8)
    # 20 edges a second apart, each of half a second: 19.5 s, of which 0.7 are 13.65 s.
    assert found["t_split"] == "2026-03-01T12:00:13.650000+00:00"
    promised = ["index", "parameters", "train", "test", "train_score", "test_score"]
    promised += ["generalization_gap", "promotion_ready", "failed_gates"]
    for result in found["results"]:
        assert list(result)[: len(promised)] == promised


def test_the_index_counts_theta_capital_universe_staleness(
    sweep: Callable[..., Outcome], tape: str
) -> None:
    universes = ("--universe", ",".join(SYMBOLS), "--axis", "slippage_bps=4,8")

    found = sweep("--file", tape, *REPLAYED, *GRID, *universes, "--json").json()["results"]

    by_index = sorted(found, key=lambda result: int(result["index"]))
    names = ["min_profit_threshold", "trade_capital", "staleness_threshold_ms", "slippage_bps"]
    values = [[result["parameters"][name] for name in names] for result in by_index]
    assert values == list(map(list, product((0.0005, 0.02), (100, 50), (None, 5), (4, 8))))
    assert [result["index"] for result in by_index] == list(range(16))
    assert by_index[0]["parameters"]["universe"] == SYMBOLS


def test_results_come_best_first_and_ties_by_index(
    sweep: Callable[..., Outcome], tape: str
) -> None:
    found = sweep("--file", tape, *REPLAYED, *GRID, "--json").json()["results"]

    # 14 edges of 1.33 % in train for 100 USD, then for 50; above 2 % nothing is traded.
    assert [result["index"] for result in found] == [0, 1, 2, 3, 4, 5, 6, 7]
    assert found[0]["train"]["trades_executed"] == 14
    assert [result["train_score"] for result in found][4:] == [0.0] * 4
    assert found[0]["train_score"] == found[1]["train_score"] > found[2]["train_score"]


def test_a_failed_gate_comes_with_value_and_limit(sweep: Callable[..., Outcome], tape: str) -> None:
    found = sweep("--file", tape, *REPLAYED, "--gate", "max_generalization_gap=0.1", "--json")

    (result,) = found.json()["results"]
    (gate,) = result["failed_gates"]
    assert gate["gate"] == "generalization_gap"
    assert gate["limit"] == 0.1
    assert gate["value"] == result["generalization_gap"] > 0.1
    assert not result["promotion_ready"]


def test_without_an_axis_there_is_one_set(sweep: Callable[..., Outcome], tape: str) -> None:
    (result,) = sweep("--file", tape, *REPLAYED, "--json").json()["results"]

    assert result["parameters"] == {
        "min_profit_threshold": 0.0005,
        "trade_capital": 100.0,
        "universe": SYMBOLS,
        "staleness_threshold_ms": None,
    }


def test_several_universes_are_swept_over_the_union_of_their_events(
    sweep: Callable[..., Outcome], tmp_path: Path
) -> None:
    sol = [top("SOL/USD", 100, 101, t=at * MS) for at in (0, 15_000, 19_900)]
    tape = write_tape(
        tmp_path / "t.jsonl", sorted([*edges(20), *sol], key=lambda event: event["t"])
    )
    universes = ("--universe", ",".join(SYMBOLS), "--universe", ",".join([*SYMBOLS, "SOL/USD"]))

    found = sweep("--file", tape, *REPLAYED, *universes, "--json").json()

    # 0.7 of 19.9 s, for both.
    assert found["t_split"] == "2026-03-01T12:00:13.930000+00:00"
    one, other = (result["test"] for result in found["results"])
    assert other["processed_events"] - one["processed_events"] == 2
    assert (one["symbols"], other["symbols"]) == (SYMBOLS, [*SYMBOLS, "SOL/USD"])
    assert one["realized_pnl_usd"] == other["realized_pnl_usd"]


@pytest.mark.slow
@pytest.mark.parametrize("fill_model", ["modeled", "replayed"])
def test_rows_are_what_replay_prints_for_the_same_window(
    sweep: Callable[..., Outcome],
    replay: Callable[..., dict[str, Any]],
    tmp_path: Path,
    fill_model: str,
) -> None:
    path = tmp_path / "stress.jsonl"
    write_recording(TapeRequest(profile="stress", events=8_000, seed=4), path)
    source = ("--file", str(path), *FREE, "--set", f"fill_model={fill_model}")

    found = sweep(
        *source,
        *("--theta", "0.0005,0.004", "--trade-capital", "50,900", "--staleness-ms", "none,300"),
        *("--axis", "execution_latency_ms=5,60", "--json"),
    ).json()

    for result in found["results"][::3]:
        values = dict(result["parameters"])
        source_of_set = (*source, "--symbols", ",".join(values.pop("universe")))
        chosen = [
            part
            for name, value in values.items()
            for part in ("--set", f"{name}={json.dumps(value)}")
        ]
        train = replay(*source_of_set, *chosen, "--end", found["t_split"])
        test = replay(*source_of_set, *chosen, "--start", found["t_split"])
        assert (result["train"], result["test"]) == (train, test)
        assert train["trades_attempted"] > 0


def test_the_artifacts_are_written_as_files(
    sweep: Callable[..., Outcome], tape: str, tmp_path: Path
) -> None:
    folder = tmp_path / "deep" / "out"

    found = sweep("--file", tape, *REPLAYED, *GRID, "--out", str(folder), "--json").json()

    names = {"results.csv", "results.json", "grid.json", "criteria.json", "sweep.json"}
    assert {path.name for path in folder.iterdir()} == names
    assert json.loads((folder / "results.json").read_text()) == found["results"]
    sets = json.loads((folder / "grid.json").read_text())["sets"]
    by_index = sorted(found["results"], key=lambda result: int(result["index"]))
    assert sets == [result["parameters"] for result in by_index]
    assert json.loads((folder / "criteria.json").read_text())["criteria"]["max_drawdown"] == 25.0
    whole = json.loads((folder / "sweep.json").read_text())
    assert whole["data_fingerprint"] == found["data_fingerprint"]
    with (folder / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["index"]) for row in rows] == [row["index"] for row in found["results"]]
    assert (
        float(rows[0]["test_realized_pnl_usd"]) == found["results"][0]["test"]["realized_pnl_usd"]
    )


def test_a_stored_recording_gives_the_figures_of_its_file(
    sweep: Callable[..., Outcome], tape: str
) -> None:
    with JsonlReader(tape) as reader:
        import_recording(reader, default_name="march")

    stored = sweep("--recording", "march", *REPLAYED, *GRID, "--json").json()
    from_file = sweep("--file", tape, *REPLAYED, *GRID, "--json").json()

    for one, other in zip(stored["results"], from_file["results"], strict=True):
        assert one["train_score"] == other["train_score"]
        assert one["test"]["realized_pnl_usd"] == other["test"]["realized_pnl_usd"]


def test_a_walk_forward_tells_its_folds(sweep: Callable[..., Outcome], tape: str) -> None:
    found = sweep("--file", tape, *REPLAYED, *GRID, "--folds", "3", "--json").json()

    assert [fold["best_index"] for fold in found["walk_forward"]] == [0, 0, 0]
    times = [datetime.fromisoformat(fold["test_from"]) for fold in found["walk_forward"]]
    assert times[2] - times[1] - (times[1] - times[0]) <= timedelta(microseconds=1)
