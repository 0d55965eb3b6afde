"""The page of one set, and its own replays: what they come to equals the row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from backtesting.models import BacktestJob
from backtesting.requests import ReplayRequest
from backtesting.runner import run_backtest_job
from backtesting.sweeps.alone import differences, request_alone
from backtesting.sweeps.runner import run_saved_sweep
from backtesting.sweeps.storage import stored_sweep
from marketdata.ingest import import_recording
from marketdata.moments import from_us
from marketdata.reading import open_reader
from marketdata.synthetic import TapeRequest, write_recording
from tests.backtesting.sweep_samples import (
    SETS,
    TRIANGLE,
    artifacts_of,
    completed_sweep,
    sweep_request,
)
from tests.factories.marketdata import AccountSnapshotFactory

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User
    from django.test import Client
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def sweep(trader: User, tmp_path: Path) -> BacktestJob:
    """Return a sweep of a recording in the database; the account's fee changes in mid-train."""
    path = tmp_path / "stress.jsonl"
    write_recording(TapeRequest(profile="stress", events=20_000, seed=3), path)
    with open_reader(str(path)) as reader:
        import_recording(reader, name="stress", source=str(path))
    wanted = sweep_request()
    begin = from_us(artifacts_of().splits[0].begin_us)
    AccountSnapshotFactory.create(taken_at=begin, taker_rate=0.001)
    AccountSnapshotFactory.create(taken_at=begin.replace(second=59), taker_rate=0.0001)
    number, _ = run_saved_sweep(wanted, trader)
    return BacktestJob.objects.get(pk=number)


def test_a_set_run_alone_comes_to_its_row_in_both_windows(desk: Client, sweep: BacktestJob) -> None:
    artifacts = stored_sweep(sweep)
    best = artifacts.results[0]
    assert best.train["trades_attempted"] > 0
    for window in ("train", "test"):
        answer = desk.post(reverse("sweep_alone", args=[sweep.pk, best.index, window]))
        alone = BacktestJob.objects.order_by("-pk")[0]
        assert answer["Location"] == reverse("job", args=[alone.pk])
        assert run_backtest_job(alone.pk)

        alone.refresh_from_db()
        row = best.train if window == "train" else best.test
        assert alone.status == "completed", alone.error_detail
        assert differences(row, alone.report.payload) == ()
        assert {one["rate"] for one in alone.report.payload["fee_rates"].values()} == {0.001}
        report = desk.get(reverse("job", args=[alone.pk])).content.decode()
        assert "--fees-at" in report
    page = desk.get(reverse("sweep_set", args=[sweep.pk, best.index])).content.decode()
    assert page.count("every figure is the same as here") == 2


def test_every_set_of_a_sweep_can_be_run_alone(sweep: BacktestJob) -> None:
    artifacts = stored_sweep(sweep)

    for index in range(SETS):
        wanted = request_alone(sweep.request, artifacts, index, "test")

        assert wanted.config == artifacts.grid[index].config(artifacts.base)
        assert wanted.symbols in (artifacts.symbols, TRIANGLE)
        assert ReplayRequest.from_json(wanted.as_json()) == ReplayRequest.from_json(
            ReplayRequest.from_json(wanted.as_json()).as_json()
        )


def test_sent_twice_it_makes_one_job(desk: Client, trader: User) -> None:
    job = completed_sweep(trader)
    form = {"submission_id": "00000000-0000-4000-8000-000000000001"}

    for _ in range(2):
        desk.post(reverse("sweep_alone", args=[job.pk, 0, "test"]), form)

    assert BacktestJob.objects.filter(parent=job, kind="replay").count() == 1


def test_a_row_that_differs_is_told_by_name() -> None:
    row = artifacts_of().results[0].test

    assert differences(row, dict(row)) == ()
    assert differences(row, {**row, "win_rate": 0.25, "recordings": []}) == ("win_rate",)


def test_the_page_has_both_windows_gates_luck_and_neighbors(desk: Client, trader: User) -> None:
    job = completed_sweep(trader)
    best = artifacts_of().results[0]

    page = " ".join(
        desk.get(reverse("sweep_set", args=[job.pk, best.index])).content.decode().split()
    )

    assert f"rank 1 of {SETS} by train score" in page
    assert "Train and test side by side" in page
    assert "Deflated Sharpe ratio" in page
    assert "Its neighbors" in page
    assert "SYNTHETIC" in page
    part = desk.get(reverse("sweep_set", args=[job.pk, best.index]), headers={"HX-Request": "true"})
    assert part.content.decode().lstrip().startswith('<div id="sweep-set"')


def test_what_is_not_there_is_not_found(desk: Client, trader: User) -> None:
    job = completed_sweep(trader)
    others = completed_sweep(get_user_model().objects.create_user("eve"))

    assert desk.get(reverse("sweep_set", args=[job.pk, SETS])).status_code == 404
    assert desk.get(reverse("sweep_set", args=[job.pk, 10**15])).status_code == 404
    assert desk.post(reverse("sweep_alone", args=[job.pk, 0, "later"])).status_code == 404
    assert desk.post(reverse("sweep_alone", args=[others.pk, 0, "test"])).status_code == 404
    assert desk.get(reverse("sweep_alone", args=[job.pk, 0, "test"])).status_code == 405


def test_a_full_queue_is_said_on_the_page_of_the_set(
    desk: Client, trader: User, settings: Settings
) -> None:
    job = completed_sweep(trader)
    settings.JOB_QUEUE_PER_USER = 0

    answer = desk.post(reverse("sweep_alone", args=[job.pk, 0, "test"]), follow=True)

    assert "wait in the queue" in answer.content.decode()
