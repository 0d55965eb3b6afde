"""Workers are killed in every way; their jobs come to one end each, and nothing lives on."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import psutil
import pytest
from django.core.signing import Signer
from django.utils import timezone
from django_q.models import OrmQ, Task

from backtesting.jobs import BacktestJobRepository
from backtesting.models import BacktestJob, JobReport, WorkerHeartbeat
from backtesting.workers import PREPARING, pid_of
from tests.backtesting.jobs.houses import (
    PATIENCE_S,
    House,
    family,
    named,
    see_the_end_of,
    wait_for,
    wait_until,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow
Status = BacktestJob.Status
# What the real 15 and 30 s would only make longer; test_chaos waits them out.
HANG_S, LEASE_S = 7, 6


def all_done(count: int) -> bool:
    return BacktestJob.objects.filter(status=Status.COMPLETED).count() == count


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def test_a_worker_does_what_is_queued_and_stops_when_told(house: House) -> None:
    worker = house.start_worker()
    wait_for(lambda: WorkerHeartbeat.objects.alive().exists(), "a sign of life")
    for number in range(5):
        house.submit("brief", number=number)

    wait_for(lambda: all_done(5), "five completed jobs")
    members = family(worker.pid)
    worker.terminate()

    assert worker.wait(PATIENCE_S) == 0
    assert JobReport.objects.count() == 5
    assert not WorkerHeartbeat.objects.exists()
    see_the_end_of(members)


def test_a_job_at_work_is_put_back_on_sigterm_at_no_cost(house: House) -> None:
    worker = house.start_worker()
    job = wait_until(house.submit("linger"), Status.RUNNING)
    members = family(worker.pid)

    worker.terminate()

    assert worker.wait(PATIENCE_S) == 0
    job.refresh_from_db()
    assert (job.status, job.attempt, job.lease_token) == (Status.QUEUED, 0, None)
    assert OrmQ.objects.exists()
    see_the_end_of(members)


def test_a_worker_that_still_compiles_says_so_and_stops_when_told(house: House) -> None:
    worker = house.start_worker(PREPARE_S=600)
    wait_for(WorkerHeartbeat.objects.filter(note=PREPARING).exists, "a compiler at work")
    members = family(worker.pid)

    worker.terminate()

    assert worker.wait(PATIENCE_S) == 0
    see_the_end_of(members)


def test_a_running_job_is_cancelled_long_before_its_end(house: House) -> None:
    house.start_worker()
    job = wait_until(house.submit("linger"), Status.RUNNING)

    BacktestJobRepository().cancel(job.pk)

    wait_until(job, Status.CANCELLED)


def test_a_busy_worker_that_is_killed_loses_no_job(house: House) -> None:
    house.start_worker()
    job = wait_until(house.submit("linger"), Status.RUNNING)

    kill(pid_of(job.worker))

    wait_until(job, Status.COMPLETED)
    assert job.attempt == 2
    assert JobReport.objects.get().attempt == 2


def test_a_killed_idle_worker_does_not_stop_the_queue(house: House) -> None:
    worker = house.start_worker(HANG_S=HANG_S)
    first = house.submit("brief")
    wait_until(first, Status.COMPLETED)
    kill(named(worker.pid, "idle").pid)

    job = wait_until(house.submit("brief"), Status.COMPLETED)

    assert job.attempt == 1


@pytest.mark.parametrize("role", ["sentinel", "parent", "pusher", "monitor"])
def test_any_other_process_of_the_cluster_may_be_killed(house: House, role: str) -> None:
    worker = house.start_worker()
    ends_all = role in ("sentinel", "parent")
    work = house.submit("linger") if ends_all else house.submit("nap", seconds=2)
    job = wait_until(work, Status.RUNNING)
    parent = psutil.Process(worker.pid).children()[0]
    sentinel = parent.children()[0]
    before = family(worker.pid)
    target = {"sentinel": sentinel, "parent": parent}.get(role) or named(worker.pid, role)

    target.kill()

    wait_until(job, Status.COMPLETED)
    wait_until(house.submit("brief"), Status.COMPLETED)
    assert JobReport.objects.count() == 2
    if ends_all:
        see_the_end_of(before)


def test_nothing_outlives_a_supervisor_that_is_killed(house: House) -> None:
    worker = house.start_worker(LEASE_S=LEASE_S)
    job = wait_until(house.submit("linger"), Status.RUNNING)
    members = family(worker.pid)

    worker.kill()
    worker.wait()

    see_the_end_of(members)
    job.refresh_from_db()
    assert job.status == Status.RUNNING
    house.start_worker(LEASE_S=LEASE_S)
    # The lease runs out, another supervisor sees it, and a worker does the job again.
    wait_until(job, Status.COMPLETED)
    assert job.attempt == 2


def test_a_frozen_worker_is_found_and_its_job_done_by_another(house: House, tmp_path: Path) -> None:
    house.start_worker(HANG_S=HANG_S)
    job = house.submit("freeze", marker=str(tmp_path / "frozen"))
    wait_for((tmp_path / "frozen").exists, "a frozen worker")

    wait_until(job, Status.COMPLETED)

    assert job.attempt == 2


def test_a_job_that_kills_its_worker_ends_and_the_others_flow(house: House) -> None:
    house.start_worker()
    poison = house.submit("poison")
    for number in range(20):
        house.submit("brief", number=number)

    wait_for(lambda: all_done(20), "twenty completed jobs")
    wait_until(poison, Status.FAILED)
    assert (poison.error_code, poison.attempt) == ("worker_lost", 2)


def test_lost_and_doubled_rings_change_nothing(house: House) -> None:
    for number in range(50):
        house.submit("brief", number=number)
    OrmQ.objects.all().delete()
    with_another_key = Signer(key="another").sign("x")
    OrmQ.objects.create(key="backtests", payload=with_another_key, lock=timezone.now())

    house.start_worker()
    wait_for(lambda: all_done(50), "fifty completed jobs")
    for _ in range(3):
        BacktestJobRepository()._ring()
    last = house.submit("brief")
    wait_until(last, Status.COMPLETED)

    assert set(BacktestJob.objects.values_list("attempt", flat=True)) == {1}
    assert JobReport.objects.count() == 51


def test_rings_that_come_again_while_their_job_runs_change_nothing(house: House) -> None:
    house.start_worker(RETRY_S=2, JOB_WORKERS=2)
    jobs = [house.submit("nap", seconds=5) for _ in range(2)]

    for job in jobs:
        wait_until(job, Status.COMPLETED)

    assert {job.attempt for job in jobs} == {1}
    assert JobReport.objects.count() == 2
    assert Task.objects.count() == 0


def test_two_supervisors_share_one_database(house: House, tmp_path: Path) -> None:
    workers = [house.start_worker(), house.start_worker()]
    wait_for(lambda: WorkerHeartbeat.objects.alive().count() == 2, "two signs of life")
    (tmp_path / "here").mkdir()
    for _ in workers:  # neither is done before the other has come
        house.submit("meet", folder=str(tmp_path / "here"), workers=2)
    for number in range(38):
        house.submit("brief", number=number)

    wait_for(lambda: all_done(40), "forty completed jobs")
    for worker in workers:
        worker.terminate()

    assert [worker.wait(PATIENCE_S) for worker in workers] == [0, 0]
    assert set(BacktestJob.objects.values_list("attempt", flat=True)) == {1}
    assert len(set(BacktestJob.objects.values_list("worker", flat=True))) == 2
