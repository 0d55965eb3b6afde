"""What a demo leaves: jobs like any other, a first user, and the way into the dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command

from backtesting.jobs import BacktestJobRepository
from backtesting.management.commands import demo
from backtesting.models import BacktestJob
from tests.backtesting.commands import Outcome, write_tape
from tests.backtesting.management.commands.demos import WorkerOfThisProcess
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


pytestmark = pytest.mark.django_db


def test_its_reports_are_in_the_list_of_the_dashboard_once(
    run_demo: Callable[..., Outcome],
) -> None:
    run_demo()
    run_demo()

    jobs = BacktestJob.objects.order_by("id")
    assert [(job.status, job.fill_model) for job in jobs] == [
        ("completed", "modeled"),
        ("completed", "replayed"),
    ]


def test_run_again_it_shows_the_reports_that_are_stored(run_demo: Callable[..., Outcome]) -> None:
    run_demo()

    again = " ".join(run_demo().out.split())

    assert "The modeled fills were replayed before, as job" in again
    assert "Replaying under" not in again


def test_a_request_that_is_refused_leaves_one_failed_job(
    run_demo: Callable[..., Outcome], tmp_path: Path
) -> None:
    run_demo("--file", write_tape(tmp_path / "monday.jsonl"))

    job = BacktestJob.objects.get()
    assert (job.status, job.error_code) == ("failed", "refused")


def test_a_job_that_somebody_cancelled_is_said_in_a_line(
    run_demo: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancel(_: object) -> None:
        BacktestJobRepository().cancel(BacktestJob.objects.get().pk)

    monkeypatch.setattr(WorkerOfThisProcess, "see_to_it", cancel)

    done = run_demo()

    assert (done.code, done.refusal) == (1, f"job {BacktestJob.objects.get().pk} was cancelled")


def test_an_interrupt_cancels_the_job(
    run_demo: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(WorkerOfThisProcess, "see_to_it", interrupt)

    done = run_demo()

    assert (done.code, done.refusal) == (1, "interrupted: nothing was stored")
    assert BacktestJob.objects.get().status == "cancelled"


def test_it_goes_on_into_the_dashboard_when_asked(
    run_demo: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[object] = []

    def call(name: str, **options: object) -> None:
        if name == "serve":
            called.append(options)
        else:
            call_command(name, **options)

    monkeypatch.setattr(demo, "call_command", call)

    run_demo()
    assert called == []
    port = free_port()
    run_demo("--serve", "--port", str(port))

    assert called == [{"port": port}]


def test_a_port_is_tried_before_the_work(run_demo: Callable[..., Outcome]) -> None:
    done = run_demo("--serve", "--port", "99999")

    assert (done.code, done.out) == (2, "")
    assert "--port is 99999; it must be 1 to 65535" in done.refusal


def test_the_first_admin_is_made_and_shown_once(run_demo: Callable[..., Outcome]) -> None:
    first, second = run_demo(), run_demo()

    assert "Made the first user of the dashboard: admin, password " in " ".join(first.out.split())
    assert "password" not in second.out
