"""Real captures, which stay outside the project: what is known of them must come out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.backtesting.commands import FREE, Outcome, run_command

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

TAPES = Path(__file__).resolve().parents[3] / "shared" / "fixtures" / "tapes"


@pytest.fixture
def replay(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    return lambda *arguments: run_command(capsys, "replay", *arguments)


def real_tape(name: str) -> str:
    path = TAPES / name
    if not path.is_file():
        pytest.skip(f"NOT TESTED: no real tape {name} in {TAPES.parent.name}/{TAPES.name}")
    return str(path)


@pytest.mark.parametrize("fill_model", ["modeled", "replayed"])
def test_on_poloniex_depth_erodes_every_gross_edge(
    replay: Callable[..., Outcome], fill_model: str
) -> None:
    settings = ("quote_asset=USDT", "min_profit_threshold=0.00001", "trade_capital=10")
    arguments = [part for setting in settings for part in ("--set", setting)]

    report = replay(
        "--file",
        real_tape("real_poloniex_11pairs_30s.jsonl"),
        "--balances",
        "USDT=1000",
        *FREE,
        *arguments,
        "--set",
        f"fill_model={fill_model}",
        "--json",
    ).json()

    assert (report["processed_events"], report["rejected_events"]) == (294, 0)
    assert report["gross_positive"] == 34
    assert report["trades_attempted"] == 0
    assert report["miss_reasons"] == {"edge_eroded": report["opportunities_seen"]}
    assert report["ending_balances"] == {"USDT": 1000.0}


def test_one_pairing_of_kraken_forms_no_triangle(replay: Callable[..., Outcome]) -> None:
    tape = real_tape("real_kraken_btcusd_51s.jsonl")

    done = replay("--file", tape, "--balances", "USD=1000", *FREE)

    assert (done.code, done.out) == (2, "")
    assert done.refusal.startswith("no triangle can be formed of BTC/USD")
