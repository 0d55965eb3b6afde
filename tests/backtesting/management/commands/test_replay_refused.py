"""What `replay` refuses: exit code 2, one clear line that names the value and the remedy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from django.db import OperationalError

from tests.backtesting.commands import FREE, TAPE, run_command, write_tape
from tests.factories.pairings import PairingFactory
from tests.tapes import top

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., str]:
    """Run replay, which must refuse; return its one line. `@tape` is a sound recording."""
    tape = write_tape(tmp_path / "tape.jsonl")

    def run(*arguments: str, code: int = 2) -> str:
        done = run_command(
            capsys, "replay", *(tape if part == "@tape" else part for part in arguments)
        )
        assert (done.code, done.out) == (code, "")
        assert "\n" not in done.refusal
        assert len(done.refusal) < 600
        return done.refusal

    return run


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["--file", "/nowhere/tape.jsonl"],
            "/nowhere/tape.jsonl: unreadable: it cannot be read: No such file or directory; name a",
        ),
        (["--file", ""], "'': unreadable: it cannot be read: No such file or directory; name a"),
        (["--file", "/"], "Is a directory"),
        (["--file", "@tape", "--symbols", "XRP/USD"], "has no event of XRP/USD; it holds BTC/USD"),
        (["--file", "@tape", "--symbols", ","], "--symbols is empty"),
        (["--file", "@tape", "--symbols", "BTC/USD,,ETH/USD"], "'BTC/USD,,ETH/USD' has an empty"),
        (["--file", "@tape", "--symbols", "BTC/USD, "], "has an empty symbol; write one comma"),
        (
            ["--file", "@tape", "--symbols", "A/B,C/B,A/B"],
            "--symbols names A/B twice; name it once",
        ),
        (["--symbols", "A/B,A/B"], "--symbols names A/B twice; name it once"),
        (["--file", "@tape", "--symbols", "BTC/USD,ETH/USD"], "no triangle can be formed of BTC"),
        (["--file", "@tape", "--set", "quote_asset=EUR"], "holds a start asset (EUR)"),
        (["--file", "@tape", "--set", 'start_assets=["XRP"]'], "holds a start asset (XRP)"),
        (["--file", "@tape", "--set", "trade_capitol=5"], "did you mean trade_capital?"),
        (["--file", "@tape", "--set", "trade_capital"], "is not NAME=VALUE"),
        (["--file", "@tape", "--set", "=5"], "is not NAME=VALUE"),
        (["--file", "@tape", "--set", "seed=1", "--set", "seed=2"], "--set seed is given twice"),
        (["--file", "@tape", "--set", "trade_capital=NaN"], "trade_capital is nan"),
        (["--file", "@tape", "--set", "trade_capital=-Infinity"], "trade_capital is -inf"),
        (["--file", "@tape", "--set", "trade_capital=1e999"], "trade_capital is inf"),
        (["--file", "@tape", "--set", f"trade_capital=1{'0' * 400}"], "at most 1e+15"),
        (["--file", "@tape", "--set", f"trade_capital=1{'0' * 9000}"], "must be a number"),
        (["--file", "@tape", "--set", f"start_assets={'[' * 100_000}"], "start_assets is"),
        (["--file", "@tape", "--set", "fee_rate=0.001"], "set only one of them"),
        (["--file", "@tape", "--start", "2026-03-01T12:00:00"], "without a zone; add one"),
        (["--file", "@tape", "--start", "noon"], "--start is 'noon'; write ISO 8601 with a zone"),
        (["--file", "@tape", "--end", "2026-13-01T00:00:00Z"], "--end is '2026-13-01T00:00:00Z'"),
        (
            ["--file", "@tape", "--start", "2026-03-02T00:00Z", "--end", "2026-03-01T00:00Z"],
            "--start 2026-03-02T00:00Z is not before --end 2026-03-01T00:00Z",
        ),
        (["--file", "@tape", "--start", "2027-01-01T00:00Z"], "no event in the window asked for"),
        (["--file", "@tape", "--balances", "USD"], "write ASSET=AMOUNT, such as USD=1000,BTC=0.1"),
        (["--file", "@tape", "--balances", ""], "write ASSET=AMOUNT"),
        (["--file", "@tape", "--balances", "USD=nan"], "the balance of USD is 'nan'"),
        (["--file", "@tape", "--balances", "USD=1e999"], "the balance of USD is '1e999'"),
        (["--file", "@tape", "--balances", "USD=-1"], "it must be a number from 0 up"),
        (["--file", "@tape", "--balances", "USD=1_0"], "the balance of USD is '1_0'"),
        (["--file", "@tape", "--balances", "USD=1,USD=2"], "the balance of USD is given twice"),
        (["--file", "@tape", "--pairings", "/nowhere/p.json"], "No such file or directory"),
        (
            ["--file", "@tape", "--pairings", ""],
            "'': is no name of a file; name a file of pairings",
        ),
        (["--file", "@tape", "--recording", "monday"], "name two sources; give one of them"),
        (["--file", "@tape", "--trades", "/nowhere/t.jsonl"], "is no file in a folder that exists"),
        (["--file", "@tape", "--trades", "/"], "is no file in a folder that exists"),
        (["--file", "@tape", "--trades", ""], "is no file in a folder that exists"),
        (["--file", "@tape", "--trades", "@tape"], "would overwrite what is read"),
        (["--file", "@tape", "--trades", "/dev/null"], "/dev/null is there and no regular file"),
        ([], "no pairing is enabled"),
    ],
    ids=lambda value: f"{' '.join(value)[:60]} {len(str(value))}" if type(value) is list else "",
)
def test_it_is_refused_in_a_line(
    refused: Callable[..., str], arguments: list[str], words: str
) -> None:
    assert words in refused(*arguments, *FREE)


LATER = '"occurred_at": "2026-03-01T13:00:00Z", "symbol": "A/B"'


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{nope", "bad_json"),
        (
            '{"occurred_at": "2026-03-01T12:00:00", "symbol": "A/B", "bids": [], "asks": []}',
            "naive",
        ),
        (f'{{{LATER}, "bids": [[NaN, 1]], "asks": []}}', "not_finite"),
        (f'{{{LATER}, "bids": [["1e999", 1]], "asks": []}}', "out_of_bounds"),
        (f'{{{LATER}, "bids": [[2, 1]], "asks": [[1, 1]]}}', "crossed"),
    ],
    ids=["json", "naive", "nan", "huge", "crossed"],
)
def test_a_bad_line_is_named_by_its_number(
    refused: Callable[..., str], tmp_path: Path, line: str, code: str
) -> None:
    path = write_tape(tmp_path / "bad.jsonl")
    with Path(path).open("a") as file:
        file.write(line + "\n")

    said = refused("--file", path, *FREE)

    assert f"{path}, line {len(TAPE) + 1}: " in said
    assert code in said
    assert "--skip-bad" in said


def test_two_pairings_that_join_the_same_assets_are_both_named(
    refused: Callable[..., str], tmp_path: Path
) -> None:
    path = write_tape(tmp_path / "t.jsonl", [*TAPE, top("USD/BTC", 1e-5, 2e-5, t=2_000_000)])

    assert "BTC/USD and USD/BTC join the same two assets" in refused("--file", path, *FREE)


def test_a_run_without_a_known_fee_is_refused_with_the_remedy(refused: Callable[..., str]) -> None:
    said = refused("--file", "@tape")

    assert said.startswith("no fee is known for")
    assert "fee_rate" in said
    assert "fee_profile=zero" in said


def test_one_pairing_without_a_fee_is_enough_to_refuse(refused: Callable[..., str]) -> None:
    PairingFactory(symbol="BTC/USD", taker_fee=0.004)
    PairingFactory(symbol="ETH/USD", taker_fee=0.004)

    assert "no fee is known for ETH/BTC" in refused("--file", "@tape")


@pytest.mark.parametrize("text", ["{", '[{"symbol": "BTC/USD", "lot_decimals": 99}]', "[1]", '"x"'])
def test_a_bad_file_of_pairings_is_named(
    refused: Callable[..., str], tmp_path: Path, text: str
) -> None:
    path = tmp_path / "pairings.json"
    path.write_text(text)

    assert refused("--file", "@tape", "--pairings", str(path), *FREE).startswith(f"{path}: ")


def test_an_unknown_recording_is_named(refused: Callable[..., str]) -> None:
    PairingFactory(symbol="BTC/USD", enabled=True)

    assert "there is no recording 'monday'" in refused("--recording", "monday", *FREE)


def test_an_empty_file_holds_nothing_to_replay(refused: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "empty.jsonl"
    path.write_text("")

    assert "empty.jsonl holds no event" in refused("--file", str(path), *FREE)


def test_a_target_of_trades_is_tried_before_the_work(
    refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the work had begun")

    monkeypatch.setattr("backtesting.management.commands.replay.load_events", never)

    assert "no file in a folder" in refused("--file", "@tape", *FREE, "--trades", "/nowhere/t")


def test_a_database_that_fails_is_no_fault_of_the_request(
    refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("disk I/O error")

    monkeypatch.setattr("backtesting.management.commands.replay.load_events", fail)

    assert refused("--file", "@tape", *FREE, code=1) == "the run failed: disk I/O error"


def test_an_interrupted_run_ends_in_a_line(
    refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("backtesting.management.commands.replay.load_events", interrupt)

    assert refused("--file", "@tape", *FREE, code=1) == "interrupted: nothing was stored"


@pytest.mark.parametrize("option", ["--start", "--end"])
@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00"])
def test_a_date_outside_the_calendar_is_refused(
    refused: Callable[..., str], option: str, time: str
) -> None:
    assert "outside the calendar" in refused("--file", "@tape", *FREE, option, time)


def test_a_trade_that_ends_outside_the_calendar_is_no_traceback(
    refused: Callable[..., str], tmp_path: Path
) -> None:
    path = Path(write_tape(tmp_path / "last.jsonl"))
    path.write_text(path.read_text().replace("2026-03-01T12:00", "9999-12-31T23:59"))
    latency = ("--set", "execution_latency_ms=86400000")

    said = refused("--file", str(path), *FREE, *latency, "--trades", str(tmp_path / "t.jsonl"))

    assert "date value out of range" in said


def test_unknown_options_are_bad_usage() -> None:
    with pytest.raises(Exception, match="--nope") as refusal:
        call_command("replay", "--nope")

    assert type(refusal.value).__name__ == "CommandError"
