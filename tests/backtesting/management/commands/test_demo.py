"""`manage.py demo`: from nothing to two reports side by side, and again from what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from marketdata.models import Recording
from pairings.models import Pairing
from tests.backtesting.commands import FREE, Outcome, write_tape
from tests.factories.pairings import PairingFactory

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


pytestmark = pytest.mark.django_db

NAME = "synthetic-stress-6000-seed0"


def test_it_makes_imports_and_replays_under_both_models(
    run_demo: Callable[..., Outcome], tmp_path: Path
) -> None:
    done = run_demo()

    said = " ".join(done.out.split())
    assert done.code == 0
    assert "SYNTHETIC: these books were made, not recorded" in said
    assert "modeled fills" in said
    assert "replayed fills" in said
    assert "Optimism gap" in said
    assert "Where the opportunities went" in said
    assert "What next" in said
    assert f"--recording {NAME}" in said
    assert (tmp_path / "data" / "demo" / f"{NAME}.jsonl").exists()
    assert Recording.objects.get(name=NAME).synthetic


def test_its_pairings_are_charged_the_entry_fee(run_demo: Callable[..., Outcome]) -> None:
    done = run_demo()

    assert "schedule, 0.40%" in done.out
    assert set(Pairing.objects.values_list("taker_fee", flat=True)) == {0.004}
    assert not Pairing.objects.filter(inferred=True).exists()
    assert Pairing.objects.enabled().count() == 10


def test_it_leaves_pairings_of_yours_as_they_are(run_demo: Callable[..., Outcome]) -> None:
    PairingFactory(symbol="BTC/USD", taker_fee=0.001, order_min=5.0, enabled=False)

    run_demo()

    yours = Pairing.objects.get(symbol="BTC/USD")
    assert (yours.taker_fee, yours.order_min, yours.enabled) == (0.001, 5.0, False)


def test_run_again_it_starts_from_what_is_there(run_demo: Callable[..., Outcome]) -> None:
    first = run_demo()

    again = run_demo()

    assert again.code == 0
    assert "is there already" in again.out
    assert "Making a synthetic recording" not in again.out
    assert Recording.objects.count() == 1
    assert tables(again) == tables(first)


def test_with_its_file_gone_it_starts_from_the_database(
    run_demo: Callable[..., Outcome], tmp_path: Path
) -> None:
    run_demo()
    for path in (tmp_path / "data" / "demo").iterdir():
        path.unlink()

    assert run_demo().code == 0
    assert Recording.objects.count() == 1


def test_with_its_recording_gone_it_imports_the_file_again(
    run_demo: Callable[..., Outcome],
) -> None:
    first = run_demo()
    Recording.objects.all().delete()

    again = run_demo()

    assert "Making a synthetic recording" not in again.out
    assert tables(again) == tables(first)


def test_the_next_command_leaves_out_pairings_of_other_recordings(
    run_demo: Callable[..., Outcome],
) -> None:
    alone = run_demo()
    PairingFactory.create(symbol="DOGE/USD", inferred=True, taker_fee=None, enabled=True)

    beside_others = run_demo()

    assert "--symbols" not in alone.out
    assert "--symbols" in beside_others.out
    assert "DOGE/USD" not in beside_others.out


def tables(done: Outcome) -> str:
    """Return the output from the first table on."""
    return done.out[done.out.index("Result") : done.out.index("What next")]


def test_your_own_recording_is_imported_and_replayed(
    run_demo: Callable[..., Outcome], tmp_path: Path
) -> None:
    path = write_tape(tmp_path / "monday.jsonl")

    done = run_demo("--file", path, *FREE)
    again = run_demo("--file", path, *FREE, "--set", "trade_capital=50")

    assert (done.code, again.code) == (0, 0)
    assert "SYNTHETIC" not in done.out
    assert "Stored 7 events as recording 'monday'" in done.out
    assert "It is there already, as recording 'monday'" in again.out
    assert list(Recording.objects.values_list("name", flat=True)) == ["monday"]


def test_your_own_recording_without_a_known_fee_is_refused_with_the_remedy(
    run_demo: Callable[..., Outcome], tmp_path: Path
) -> None:
    done = run_demo("--file", write_tape(tmp_path / "monday.jsonl"))

    assert done.code == 2
    assert "no fee is known for" in done.refusal
    assert "fee_rate" in done.refusal
    assert "Optimism gap" not in done.out


def test_parameters_and_balances_reach_both_replays(
    run_demo: Callable[..., Outcome], tmp_path: Path
) -> None:
    path = write_tape(tmp_path / "monday.jsonl")

    done = run_demo("--file", path, *FREE, "--balances", "USD=5")

    row = next(line for line in done.out.splitlines() if "insufficient_balance" in line)
    assert row.split()[-3:] == ["1", "\u2502", "1"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--set", "trade_capital=0"), "trade_capital is 0; it must be above 0"),
        (("--balances", "USD"), "write ASSET=AMOUNT"),
        (("--file", "/nowhere/tape.jsonl"), "No such file or directory"),
        (("--file", ""), "No such file or directory"),
    ],
)
def test_bad_usage_is_refused_in_a_line(
    run_demo: Callable[..., Outcome], arguments: tuple[str, ...], words: str
) -> None:
    done = run_demo(*arguments)

    assert done.code == 2
    assert words in done.refusal
    assert "\n" not in done.refusal


def test_a_bad_line_of_your_recording_is_named_and_nothing_is_stored(
    run_demo: Callable[..., Outcome], tmp_path: Path
) -> None:
    path = tmp_path / "bad.jsonl"
    write_tape(path)
    path.write_text(path.read_text() + "{nope\n")

    refused = run_demo("--file", str(path), *FREE)
    taken = run_demo("--file", str(path), *FREE, "--skip-bad")

    assert refused.code == 2
    assert f"{path}, line 8: bad_json" in refused.refusal
    assert taken.code == 0
    assert "1 invalid entries of the source were refused" in taken.out
