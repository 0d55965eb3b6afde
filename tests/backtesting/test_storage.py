"""The third law: where the books are stored changes no figure, only what data is called."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from backtesting.replay import BacktestConfig
from backtesting.runner import ReplayRequest, run_replay
from marketdata.importers.jsonl import JsonlReader
from marketdata.ingest import import_recording
from marketdata.moments import from_us
from marketdata.synthetic import TapeRequest, write_recording
from tests.backtesting.engine.replays import figures

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db

TAPE = TapeRequest(profile="stress", events=4_000, seed=3, has_faults=True)
CONFIG: dict[str, Any] = {
    "fee_profile": "zero",
    "min_profit_threshold": -0.0005,
    "fill_model": "replayed",
    "max_concurrent_trades": 3,
    "latency_jitter_ms": 10.0,
    "start_assets": ("USD", "EUR", "BTC"),
}
WINDOWS: list[Any] = [
    {},
    {"start": TAPE.start + timedelta(seconds=5), "end": TAPE.start + timedelta(seconds=25)},
    {"symbols": ("BTC/USD", "ETH/BTC", "ETH/USD")},
]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tape") / "tape.jsonl"
    write_recording(TAPE, path)
    return path


@pytest.mark.parametrize("window", WINDOWS, ids=["whole", "window", "symbols"])
@pytest.mark.parametrize("fill_model", ["replayed", "modeled"])
def test_a_file_the_database_and_its_cache_give_the_same_report(
    path: Path, window: Any, fill_model: str
) -> None:
    with JsonlReader(path) as reader:
        name = import_recording(reader, default_name="tape").recording
    config = BacktestConfig.from_values(CONFIG | {"fill_model": fill_model})

    from_file = run_replay(ReplayRequest(config=config, file=str(path), **window))
    stored, cached = (
        run_replay(ReplayRequest(config=config, recordings=(name,), **window)) for _ in range(2)
    )

    assert from_file.trades_attempted > 10
    assert figures(stored) == figures(from_file)
    assert figures(cached) == figures(from_file)
    assert from_file.is_synthetic
    assert stored.is_synthetic
    assert stored.recordings == (name,)


def test_two_recordings_that_follow_each_other_are_one_tape(path: Path, tmp_path: Path) -> None:
    header, *lines = path.read_text().splitlines()
    parts = {"monday": lines[:1500], "tuesday": lines[1500:]}
    names = []
    for name, part in parts.items():
        file = tmp_path / f"{name}.jsonl"
        file.write_text("\n".join(part) + "\n")
        with JsonlReader(file) as reader:
            names.append(import_recording(reader, default_name=name).recording)
    config = BacktestConfig.from_values(CONFIG)

    whole = run_replay(ReplayRequest(config=config, file=str(path)))
    joined = run_replay(ReplayRequest(config=config, recordings=tuple(names)))

    assert header.startswith('{"recording"')
    assert figures(joined) == figures(whole)


def test_the_window_takes_its_start_and_leaves_its_end(path: Path) -> None:
    with JsonlReader(path) as reader:
        times = sorted(time for batch in reader for time in batch.time_us.tolist())
    start, end = from_us(times[100]), from_us(times[3000])
    config = BacktestConfig.from_values(CONFIG)

    report = run_replay(ReplayRequest(config=config, file=str(path), start=start, end=end))

    assert report.processed_events == sum(times[100] <= time < times[3000] for time in times)
    assert report.started_at == start
    assert report.finished_at is not None
    assert report.finished_at < end
    assert start > datetime(2025, 3, 3, tzinfo=UTC)
