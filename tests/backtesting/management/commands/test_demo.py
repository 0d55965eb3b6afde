"""`manage.py demo`: from nothing to two reports side by side, and again from what is there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Self

import pytest
from django.core.management import call_command

from backtesting.jobs import BacktestJobRepository
from backtesting.management.commands import demo
from backtesting.models import BacktestJob
from backtesting.runner import backtest_worker
from marketdata.models import Recording
from marketdata.synthetic import TapeRequest
from pairings.models import Pairing
from tests.backtesting.commands import FREE, Outcome, run_command, write_tape
from tests.factories.pairings import PairingFactory
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db

NAME = "synthetic-stress-6000-seed0"


@pytest.fixture(autouse=True)
def _small_demo(monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    monkeypatch.setattr(demo, "TapeRequest", partial(TapeRequest, events=6_000))


class WorkerOfThisProcess:
    """Works in the process of the test, where the database in memory is."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def see_to_it(self) -> None:
        backtest_worker()


@pytest.fixture(autouse=True)
def _worker_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "OwnWorker", WorkerOfThisProcess)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    return lambda *arguments: run_command(capsys, "demo", *arguments)


def test_it_makes_imports_and_replays_under_both_models(
    run: Callable[..., Outcome], tmp_path: Path
) -> None:
    done = run()

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


def test_its_pairings_are_charged_the_entry_fee(run: Callable[..., Outcome]) -> None:
    done = run()

    assert "schedule, 0.40%" in done.out
    assert set(Pairing.objects.values_list("taker_fee", flat=True)) == {0.004}
    assert not Pairing.objects.filter(inferred=True).exists()
    assert Pairing.objects.enabled().count() == 10


def test_it_leaves_pairings_of_yours_as_they_are(run: Callable[..., Outcome]) -> None:
    PairingFactory(symbol="BTC/USD", taker_fee=0.001, order_min=5.0, enabled=False)

    run()

    yours = Pairing.objects.get(symbol="BTC/USD")
    assert (yours.taker_fee, yours.order_min, yours.enabled) == (0.001, 5.0, False)


def test_run_again_it_starts_from_what_is_there(run: Callable[..., Outcome]) -> None:
    first = run()

    again = run()

    assert again.code == 0
    assert "is there already" in again.out
    assert "Making a synthetic recording" not in again.out
    assert Recording.objects.count() == 1
    assert tables(again) == tables(first)


def test_with_its_file_gone_it_starts_from_the_database(
    run: Callable[..., Outcome], tmp_path: Path
) -> None:
    run()
    for path in (tmp_path / "data" / "demo").iterdir():
        path.unlink()

    assert run().code == 0
    assert Recording.objects.count() == 1


def test_with_its_recording_gone_it_imports_the_file_again(run: Callable[..., Outcome]) -> None:
    first = run()
    Recording.objects.all().delete()

    again = run()

    assert "Making a synthetic recording" not in again.out
    assert tables(again) == tables(first)


def test_the_next_command_leaves_out_pairings_of_other_recordings(
    run: Callable[..., Outcome],
) -> None:
    alone = run()
    PairingFactory.create(symbol="DOGE/USD", inferred=True, taker_fee=None, enabled=True)

    beside_others = run()

    assert "--symbols" not in alone.out
    assert "--symbols" in beside_others.out
    assert "DOGE/USD" not in beside_others.out


def tables(done: Outcome) -> str:
    """Return the output from the first table on."""
    return done.out[done.out.index("Result") : done.out.index("What next")]


def test_your_own_recording_is_imported_and_replayed(
    run: Callable[..., Outcome], tmp_path: Path
) -> None:
    path = write_tape(tmp_path / "monday.jsonl")

    done = run("--file", path, *FREE)
    again = run("--file", path, *FREE, "--set", "trade_capital=50")

    assert (done.code, again.code) == (0, 0)
    assert "SYNTHETIC" not in done.out
    assert "Stored 7 events as recording 'monday'" in done.out
    assert "It is there already, as recording 'monday'" in again.out
    assert list(Recording.objects.values_list("name", flat=True)) == ["monday"]


def test_your_own_recording_without_a_known_fee_is_refused_with_the_remedy(
    run: Callable[..., Outcome], tmp_path: Path
) -> None:
    done = run("--file", write_tape(tmp_path / "monday.jsonl"))

    assert done.code == 2
    assert "no fee is known for" in done.refusal
    assert "fee_rate" in done.refusal
    assert "Optimism gap" not in done.out


def test_parameters_and_balances_reach_both_replays(
    run: Callable[..., Outcome], tmp_path: Path
) -> None:
    path = write_tape(tmp_path / "monday.jsonl")

    done = run("--file", path, *FREE, "--balances", "USD=5")

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
    run: Callable[..., Outcome], arguments: tuple[str, ...], words: str
) -> None:
    done = run(*arguments)

    assert done.code == 2
    assert words in done.refusal
    assert "\n" not in done.refusal


def test_a_bad_line_of_your_recording_is_named_and_nothing_is_stored(
    run: Callable[..., Outcome], tmp_path: Path
) -> None:
    path = tmp_path / "bad.jsonl"
    write_tape(path)
    path.write_text(path.read_text() + "{nope\n")

    refused = run("--file", str(path), *FREE)
    taken = run("--file", str(path), *FREE, "--skip-bad")

    assert refused.code == 2
    assert f"{path}, line 8: bad_json" in refused.refusal
    assert taken.code == 0
    assert "1 invalid entries of the source were refused" in taken.out


def test_its_reports_are_in_the_list_of_the_dashboard_once(run: Callable[..., Outcome]) -> None:
    run()
    run()

    jobs = BacktestJob.objects.order_by("id")
    assert [(job.status, job.fill_model) for job in jobs] == [
        ("completed", "modeled"),
        ("completed", "replayed"),
    ]


def test_run_again_it_shows_the_reports_that_are_stored(run: Callable[..., Outcome]) -> None:
    run()

    again = " ".join(run().out.split())

    assert "The modeled fills were replayed before, as job" in again
    assert "Replaying under" not in again


def test_a_request_that_is_refused_leaves_one_failed_job(
    run: Callable[..., Outcome], tmp_path: Path
) -> None:
    run("--file", write_tape(tmp_path / "monday.jsonl"))

    job = BacktestJob.objects.get()
    assert (job.status, job.error_code) == ("failed", "refused")


def test_a_job_that_somebody_cancelled_is_said_in_a_line(
    run: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancel(_: object) -> None:
        BacktestJobRepository().cancel(BacktestJob.objects.get().pk)

    monkeypatch.setattr(WorkerOfThisProcess, "see_to_it", cancel)

    done = run()

    assert (done.code, done.refusal) == (1, f"job {BacktestJob.objects.get().pk} was cancelled")


def test_an_interrupt_cancels_the_job(
    run: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(WorkerOfThisProcess, "see_to_it", interrupt)

    done = run()

    assert (done.code, done.refusal) == (1, "interrupted: nothing was stored")
    assert BacktestJob.objects.get().status == "cancelled"


def test_it_goes_on_into_the_dashboard_when_asked(
    run: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[object] = []

    def call(name: str, **options: object) -> None:
        if name == "serve":
            called.append(options)
        else:
            call_command(name, **options)

    monkeypatch.setattr(demo, "call_command", call)

    run()
    assert called == []
    port = free_port()
    run("--serve", "--port", str(port))

    assert called == [{"port": port}]


def test_a_port_is_tried_before_the_work(run: Callable[..., Outcome]) -> None:
    done = run("--serve", "--port", "99999")

    assert (done.code, done.out) == (2, "")
    assert "--port is 99999; it must be 1 to 65535" in done.refusal


def test_the_first_admin_is_made_and_shown_once(run: Callable[..., Outcome]) -> None:
    first, second = run(), run()

    assert "Made the first user of the dashboard: admin, password " in " ".join(first.out.split())
    assert "password" not in second.out
