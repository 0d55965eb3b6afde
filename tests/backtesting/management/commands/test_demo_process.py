"""`demo` as a process of its own: its worker is a real one, and nothing of it is left."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from django.core.management.base import CommandError

from backtesting.management.own_worker import OwnWorker
from backtesting.models import BacktestJob, WorkerHeartbeat
from backtesting.workers import PREPARING, pid_of
from tests.backtesting.jobs.houses import PATIENCE_S, family, see_the_end_of, wait_for

if TYPE_CHECKING:
    from pathlib import Path

    import psutil
    from pytest_django.fixtures import Settings

    from tests.backtesting.jobs.houses import House

pytestmark = pytest.mark.slow
SMALL_DEMO = """
import signal
from functools import partial
import django; django.setup()
from django.core.management import execute_from_command_line
from backtesting.management.commands import demo
from backtesting.management import own_worker
demo.TapeRequest = partial(demo.TapeRequest, events=6000)
own_worker.WORKER_GRACE_S = 120.0  # for a machine on which it takes longer to stop in order
signal.signal(signal.SIGINT, signal.default_int_handler)  # tests in the background have none
execute_from_command_line(["manage.py", "demo"])
"""


def start(house: House, **more: object) -> subprocess.Popen[str]:
    demo = subprocess.Popen(
        [sys.executable, "-c", SMALL_DEMO],
        env=house.environment(**more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    house.started.append(demo)
    return demo


def test_its_jobs_are_done_by_a_worker_of_which_nothing_is_left(house: House) -> None:
    demo = start(house, DJANGO_SETTINGS_MODULE="config.settings")
    seen: set[psutil.Process] = set()
    while demo.poll() is None:
        seen |= set(family(demo.pid))
        time.sleep(0.05)

    out, said = demo.communicate()
    jobs = list(BacktestJob.objects.order_by("pk"))
    assert demo.returncode == 0, said
    assert [(job.status, job.fill_model) for job in jobs] == [
        ("completed", "modeled"),
        ("completed", "replayed"),
    ]
    assert {pid_of(job.worker) for job in jobs} <= {one.pid for one in seen} - {demo.pid}
    assert all("/" in job.worker for job in jobs)
    see_the_end_of(seen)
    assert not WorkerHeartbeat.objects.exists()
    assert "job 1: starting a worker" in said.replace(f"job {jobs[0].pk}", "job 1")
    assert "Optimism gap" in out
    assert "manage.py serve" in out


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_stopped_while_it_compiles_it_leaves_a_cancelled_job_and_nothing_else(
    house: House,
    stop: signal.Signals,
) -> None:
    demo = start(house, PREPARE_S=600)
    wait_for(WorkerHeartbeat.objects.filter(note=PREPARING).exists, "a compiler at work")
    members = family(demo.pid)

    demo.send_signal(stop)
    _, said = demo.communicate(timeout=PATIENCE_S)

    assert demo.returncode == 1
    assert "interrupted: nothing was stored" in said
    assert "Traceback" not in said
    assert BacktestJob.objects.get().status == BacktestJob.Status.CANCELLED
    assert members
    see_the_end_of(members)
    assert not WorkerHeartbeat.objects.exists()


def test_a_worker_of_yours_does_it_and_lives_on(house: House) -> None:
    worker = house.start_worker()
    wait_for(lambda: WorkerHeartbeat.objects.alive().exists(), "a sign of life")

    demo = start(house)
    demo.communicate()

    assert demo.returncode == 0
    yours = {process.pid for process in family(worker.pid)}
    assert {pid_of(job.worker) for job in BacktestJob.objects.all()} <= yours
    assert worker.poll() is None


@pytest.mark.django_db
def test_a_worker_that_cannot_start_is_said_with_its_last_words(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA_DIR = tmp_path
    command = [sys.executable, "-c", "raise SystemExit('no such database')"]
    monkeypatch.setattr("backtesting.management.own_worker.WORKER", command)

    with OwnWorker() as worker, pytest.raises(CommandError, match="itself: no such database"):
        wait_for(worker.see_to_it, "its end")
