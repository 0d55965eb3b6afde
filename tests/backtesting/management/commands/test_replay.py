"""`manage.py replay`: the contract of the standard's section 12, option by option."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from marketdata.importers.jsonl import JsonlReader
from marketdata.ingest import import_recording
from tests.backtesting.commands import FREE, TAPE, Outcome, pack, run_command, write_tape
from tests.factories.marketdata import START_US, AccountSnapshotFactory
from tests.factories.pairings import PairingFactory
from tests.tapes import top

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.django_db

SYMBOLS = ("BTC/USD", "ETH/BTC", "ETH/USD")
START = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=START_US)


@pytest.fixture
def replay(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    def run(*arguments: str) -> Outcome:
        return run_command(capsys, "replay", *arguments)

    return run


@pytest.fixture
def tape(tmp_path: Path) -> str:
    return write_tape(tmp_path / "tape.jsonl")


def test_json_is_one_object_and_nothing_else(replay: Callable[..., Outcome], tape: str) -> None:
    done = replay("--file", tape, *FREE, "--json")

    report = done.json()
    assert (done.code, done.out.count("\n")) == (0, 1)
    assert (report["processed_events"], report["looks"], report["trades_attempted"]) == (7, 6, 1)
    assert report["started_at"] == "2026-03-01T12:00:00+00:00"
    assert report["finished_at"] == "2026-03-01T12:00:01+00:00"
    assert report["fee_source"] == "zero"
    assert report["inferred_pairings"] == list(SYMBOLS)
    assert report["recordings"] == ["tape.jsonl"]


def test_without_json_it_prints_tables(replay: Callable[..., Outcome], tape: str) -> None:
    done = replay("--file", tape, *FREE)

    assert done.code == 0
    assert "Where the opportunities went" in done.out
    assert "What the modeled fills cannot show:" in done.out


@pytest.mark.parametrize("ending", [".gz", ".zst"])
def test_a_packed_file_gives_the_same_report(
    replay: Callable[..., Outcome], tape: str, ending: str
) -> None:
    plain = replay("--file", tape, *FREE, "--json").json()

    packed = replay("--file", pack(tape, ending), *FREE, "--json").json()

    assert packed | {"recordings": []} == plain | {"recordings": []}


def test_standard_input_gives_the_same_report(
    replay: Callable[..., Outcome], tape: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = replay("--file", tape, *FREE, "--json").json()
    with open(tape, "rb") as file:  # noqa: PTH123 - a path as the command takes it
        typed = io.TextIOWrapper(io.BytesIO(file.read()))
    monkeypatch.setattr("sys.stdin", typed)

    piped = replay("--file", "-", *FREE, "--json").json()

    assert piped["recordings"] == ["standard input"]
    assert piped | {"recordings": []} == plain | {"recordings": []}


def test_a_header_names_the_recording_and_says_what_is_synthetic(
    replay: Callable[..., Outcome], tmp_path: Path
) -> None:
    path = write_tape(tmp_path / "t.jsonl", header={"name": "made", "synthetic": True})

    report = replay("--file", path, *FREE, "--json").json()

    assert (report["recordings"], report["is_synthetic"]) == (["made"], True)
    assert report["processed_events"] == 7


def test_skip_bad_counts_every_invalid_entry(replay: Callable[..., Outcome], tape: str) -> None:
    with open(tape, "a") as file:  # noqa: PTH123 - a path as the command takes it
        file.write('{nope\n{"occurred_at": "2026-03-01"}\n')

    report = replay("--file", tape, *FREE, "--skip-bad", "--json").json()

    assert (report["rejected_events"], report["processed_events"]) == (2, 7)


def test_symbols_choose_the_universe(replay: Callable[..., Outcome], tmp_path: Path) -> None:
    path = write_tape(tmp_path / "t.jsonl", [*TAPE, top("XRP/USD", 1.0, 2.0, t=2_000_000)])

    every = replay("--file", path, *FREE, "--json").json()
    three = replay("--file", path, *FREE, "--symbols", ", ".join(SYMBOLS), "--json").json()

    assert (every["processed_events"], three["processed_events"]) == (8, 7)
    assert three["symbols"] == list(SYMBOLS)


def test_start_and_end_choose_the_window(replay: Callable[..., Outcome], tape: str) -> None:
    start, end = START.isoformat(), (START + timedelta(seconds=1)).isoformat()

    report = replay("--file", tape, *FREE, "--start", start, "--end", end, "--json").json()
    # The same in another zone, a microsecond after the first tick.
    later = replay(
        "--file", tape, *FREE, "--start", "2026-03-01T21:00:00.000001+09:00", "--json"
    ).json()

    assert report["processed_events"] == 4
    assert later["processed_events"] == 4
    assert later["started_at"] == "2026-03-01T12:00:00.500000+00:00"


def test_balances_are_what_the_account_starts_with(
    replay: Callable[..., Outcome], tape: str
) -> None:
    little = replay("--file", tape, *FREE, "--balances", "USD=99.9, BTC=0.5", "--json").json()

    assert little["miss_reasons"] == {"insufficient_balance": 1}
    assert little["ending_balances"] == {"BTC": 0.5, "USD": 99.9}


def test_every_parameter_can_be_set(replay: Callable[..., Outcome], tape: str) -> None:
    settings: dict[str, Any] = {
        "fee_rate": 0.0001,
        "min_profit_threshold": 0.001,
        "trade_capital": 250,
        "quote_asset": "USD",
        "slippage_bps": 1.5,
        "execution_latency_ms": 5,
        "latency_jitter_ms": 1,
        "seed": 9,
        "max_depth_levels": 3,
        "max_concurrent_trades": 2,
        "min_order_size_by_pair": {"BTC/USD": 0.0001},
        "staleness_threshold_ms": 1000,
        "fill_model": "replayed",
        "reentry": "always",
        "start_assets": ["USD", "BTC"],
    }
    arguments = [
        part
        for name, value in settings.items()
        for part in ("--set", f"{name}={value if isinstance(value, str) else json.dumps(value)}")
    ]

    report = replay("--file", tape, *arguments, "--json").json()

    assert report["config"] == settings | {"fee_profile": None}
    assert report["fee_source"] == "flat"


@pytest.mark.parametrize("written", ["null", "none "])
def test_a_value_is_json_where_it_parses_and_text_elsewhere(
    replay: Callable[..., Outcome], tape: str, written: str
) -> None:
    done = replay("--file", tape, *FREE, "--set", f"staleness_threshold_ms={written}", "--json")

    assert done.code == (0 if written == "null" else 2)


def test_trades_are_written_as_lines(
    replay: Callable[..., Outcome], tape: str, tmp_path: Path
) -> None:
    target = tmp_path / "trades.jsonl"

    done = replay("--file", tape, *FREE, "--trades", str(target), "--json")

    rows = [json.loads(line) for line in target.read_text().splitlines()]
    assert len(rows) == done.json()["trades_attempted"] == 1
    assert rows[0]["cycle"] == ["USD", "BTC", "ETH"]
    assert [order["leg"] for order in rows[0]["orders"][:3]] == [1, 2, 3]
    assert rows[0]["pnl"] == pytest.approx(done.json()["realized_pnl_usd"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tape.jsonl", "trades.jsonl"]


def test_trades_that_cannot_be_written_whole_leave_the_old_ones(
    replay: Callable[..., Outcome], tape: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "trades.jsonl"
    target.write_text("old\n")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("backtesting.management.commands.replay.trade_as_json", full)
    done = replay("--file", tape, *FREE, "--trades", str(target))

    assert (done.code, target.read_text()) == (1, "old\n")
    assert done.refusal == f"the run failed: [Errno 28] No space left on device: '{target}'"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tape.jsonl", "trades.jsonl"]


def test_pairings_of_a_file_take_the_place_of_the_stored_ones(
    replay: Callable[..., Outcome], tape: str, tmp_path: Path
) -> None:
    for symbol in SYMBOLS:
        PairingFactory(symbol=symbol, taker_fee=0.004)
    rows = [
        {"symbol": symbol, "base": symbol[:3], "quote": symbol[4:], "taker_fee": 0.001}
        for symbol in SYMBOLS[:2]
    ]
    path = tmp_path / "pairings.json"
    path.write_text(json.dumps(rows))

    report = replay("--file", tape, "--pairings", str(path), "--json").json()

    # The third is looked up in the database.
    assert {symbol: fee["rate"] for symbol, fee in report["fee_rates"].items()} == {
        "BTC/USD": 0.001,
        "ETH/BTC": 0.001,
        "ETH/USD": 0.004,
    }
    assert report["inferred_pairings"] == []


def test_with_pairings_of_a_file_no_stored_account_is_consulted(
    replay: Callable[..., Outcome], tape: str, tmp_path: Path
) -> None:
    AccountSnapshotFactory(taker_rate=0.0016)
    rows = [
        {"symbol": symbol, "base": symbol[:3], "quote": symbol[4:], "taker_fee": 0.001}
        for symbol in SYMBOLS
    ]
    path = tmp_path / "pairings.json"
    path.write_text(json.dumps(rows))

    own = replay("--file", tape, "--json").json()
    given = replay("--file", tape, "--pairings", str(path), "--json").json()

    assert (own["fee_source"], own["fee_rates"]["BTC/USD"]["rate"]) == ("account", 0.0016)
    assert (given["fee_source"], given["fee_rates"]["BTC/USD"]["rate"]) == ("schedule", 0.001)


def test_a_disabled_pairing_still_gives_its_rules_to_a_file(
    replay: Callable[..., Outcome], tape: str
) -> None:
    for symbol in SYMBOLS:
        PairingFactory(symbol=symbol, enabled=False, taker_fee=0.001)

    report = replay("--file", tape, "--json").json()

    assert (report["fee_source"], report["inferred_pairings"]) == ("schedule", [])


def test_the_account_as_of_the_start_of_the_run_is_charged(
    replay: Callable[..., Outcome], tape: str
) -> None:
    AccountSnapshotFactory(taken_at=START, taker_rate=0.001)
    AccountSnapshotFactory(taken_at=START + timedelta(milliseconds=400), taker_rate=0.002)

    whole = replay("--file", tape, "--json").json()
    late = ("--file", tape, "--start", (START + timedelta(milliseconds=400)).isoformat(), "--json")
    part = replay(*late).json()
    as_before = replay(*late, "--fees-at", START.isoformat()).json()

    assert whole["fee_rates"]["ETH/USD"]["rate"] == 0.001
    assert part["fee_rates"]["ETH/USD"]["rate"] == 0.002
    assert as_before["fee_rates"]["ETH/USD"]["rate"] == 0.001


def test_recordings_come_from_the_database(replay: Callable[..., Outcome], tape: str) -> None:
    with JsonlReader(tape) as reader:
        import_recording(reader, default_name="monday")

    named = replay("--recording", "monday", *FREE, "--json").json()
    every = replay(*FREE, "--json").json()

    assert named["recordings"] == every["recordings"] == ["monday"]
    assert named["processed_events"] == 7
