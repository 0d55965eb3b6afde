"""`replay --save` leaves a job behind like any other; without it nothing is left."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from backtesting.models import BacktestJob
from backtesting.runner import run_backtest_job
from tests.backtesting.jobs.markets import market, record
from tests.factories.backtesting import repository
from tests.marketdata.tapes import write_jsonl

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db(transaction=True)
OPTIONS = ("--set", "fee_profile=zero", "--json", "--symbols", "BTC/USD,ETH/BTC,ETH/USD")


def test_a_saved_replay_is_a_completed_job(capsys: pytest.CaptureFixture[str]) -> None:
    record()

    call_command("replay", "--recording", "day", "--save", *OPTIONS)

    job = BacktestJob.objects.get()
    printed = capsys.readouterr()
    assert (job.status, job.kind, job.owner) == (BacktestJob.Status.COMPLETED, "replay", None)
    assert json.loads(printed.out) == job.report.payload
    assert printed.err == f"Saved as job {job.pk}.\n"


def test_it_can_be_run_again_from_wherever_the_worker_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_jsonl(tmp_path / "tape.jsonl", market())
    monkeypatch.chdir(tmp_path)
    call_command("replay", "--file", "tape.jsonl", "--save", *OPTIONS)
    monkeypatch.chdir("/")

    again = repository().run_again(BacktestJob.objects.get(), None)

    assert run_backtest_job(again.pk)
    hashes = {job.report.sha256 for job in BacktestJob.objects.all()}
    assert len(hashes) == 1


def test_a_replay_that_is_not_saved_leaves_nothing() -> None:
    record()

    call_command("replay", "--recording", "day", *OPTIONS)

    assert not BacktestJob.objects.exists()


def test_a_saved_replay_that_is_refused_says_so_in_a_line() -> None:
    record()

    with pytest.raises(CommandError, match="there is no recording 'night'"):
        call_command("replay", "--recording", "night", "--save", *OPTIONS)

    assert BacktestJob.objects.get().error_code == "refused"
