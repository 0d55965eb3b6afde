"""What happens at the same time happens once; what the database forgets is asked for again."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.db import OperationalError, connection, connections

from backtesting import failpoints
from backtesting.jobs import CancelAnswer, JobCancelled
from backtesting.models import BacktestJob, JobReport
from tests.backtesting.jobs.houses import House, wait_until
from tests.factories.backtesting import claim, repository, result, submit

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User

    from backtesting.jobs import Claim

Status = BacktestJob.Status
PROCESSES, JOBS = 8, 300
RACES = 500
DRAIN = """
import django; django.setup()
from backtesting.jobs import BacktestJobRepository, JobResult
jobs = BacktestJobRepository(ring=int)
while claim := jobs.claim("a worker"):
    jobs.store_report(claim, JobResult(payload={}))
"""


def server_only() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("threads of a process share SQLite's database in memory")


def in_thread(work: Callable[[], Any]) -> Callable[[], Any]:
    """Give the work a connection that ends with it."""

    def run() -> Any:
        try:
            return work()
        finally:
            connections.close_all()

    return run


def lose_an_answer(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have the answer to the next COMMIT get lost; return what takes down that it did."""
    opened: Any = connections["default"]
    commit = opened._commit
    lost: list[str] = []

    def commit_and_lose_the_answer() -> None:
        commit()
        if not lost:
            lost.append("the answer")
            raise OperationalError("the answer was lost, or the database is locked")

    monkeypatch.setattr(opened, "_commit", commit_and_lose_the_answer)
    return lost


@pytest.mark.slow
def test_two_workers_never_hold_one_job(house: House) -> None:
    for _ in range(JOBS):
        submit(repository())

    drains = [
        subprocess.Popen([sys.executable, "-c", DRAIN], env=house.environment())
        for _ in range(PROCESSES)
    ]

    assert {drain.wait() for drain in drains} == {0}
    assert set(BacktestJob.objects.values_list("status", "attempt")) == {(Status.COMPLETED, 1)}
    assert JobReport.objects.count() == JOBS


@pytest.mark.usefixtures("house")
def test_twenty_clicks_at_once_make_one_job(django_user_model: type[User]) -> None:
    owner, once = django_user_model.objects.create_user("trader"), uuid.uuid4()
    click = in_thread(lambda: submit(repository(), owner, submission_id=once).pk)

    with ThreadPoolExecutor(20) as pool:
        seen = {future.result() for future in [pool.submit(click) for _ in range(20)]}

    assert len(seen) == 1
    assert BacktestJob.objects.count() == 1


@pytest.mark.slow
@pytest.mark.usefixtures("house")
def test_cancel_and_completion_race_and_one_of_them_has_happened() -> None:
    jobs = repository()
    wins: set[str] = set()

    def complete(claimed: Claim, pause_s: float) -> None:
        time.sleep(pause_s)
        try:
            jobs.store_report(claimed, result())
        except JobCancelled:
            jobs.cancelled(claimed)

    cancelled = threading.Event()
    with ThreadPoolExecutor(1) as worker:
        for n in range(RACES):
            submit(jobs)
            claimed = claim(jobs)
            if n == 0:  # whatever the races come to, the cancel wins this one
                worker.submit(cancelled.wait)
            completion = worker.submit(complete, claimed, n % 5 / 2000)
            time.sleep((RACES - n) % 7 / 3000)
            if n == 1:  # and the worker this one
                completion.result()
            answer = jobs.cancel(claimed.job_id)
            cancelled.set()
            completion.result()

            job = BacktestJob.objects.get(pk=claimed.job_id)
            assert (job.status == Status.COMPLETED) == (answer == CancelAnswer.TOO_LATE)
            stored = JobReport.objects.filter(job_id=claimed.job_id).exists()
            assert stored == (job.status == Status.COMPLETED)
            wins.add(job.status)
        worker.submit(connections.close_all).result()

    assert wins == {Status.COMPLETED, Status.CANCELLED}


@pytest.mark.django_db(transaction=True)
def test_a_connection_lost_while_storing_stores_once(monkeypatch: pytest.MonkeyPatch) -> None:
    server_only()
    jobs = repository()
    submit(jobs)
    claimed = claim(jobs)
    cuts: list[str] = []

    def cut(name: str) -> None:
        if name == "after_report" and not cuts:
            cuts.append(name)
            _terminate(connection.connection.info.backend_pid)

    monkeypatch.setattr(failpoints, "reach", cut)

    jobs.store_report(claimed, result())

    assert cuts == ["after_report"]
    assert BacktestJob.objects.get().status == Status.COMPLETED
    assert JobReport.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_commit_whose_answer_was_lost_is_recognized(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = repository()
    submit(jobs)
    claimed = claim(jobs)
    lost = lose_an_answer(monkeypatch)

    jobs.store_report(claimed, result())

    assert lost
    assert BacktestJob.objects.get().status == Status.COMPLETED
    assert JobReport.objects.get().attempt == 1


@pytest.mark.django_db(transaction=True)
def test_a_lost_answer_to_a_claim_does_not_lose_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = repository()
    submit(jobs)
    submit(jobs)
    lose_an_answer(monkeypatch)

    first = claim(jobs)

    assert (first.attempt, BacktestJob.objects.running().count()) == (1, 1)
    jobs.store_report(first, result())


@pytest.mark.slow
def test_a_database_that_is_locked_for_5_seconds_fails_no_job(house: House) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite has one lock for all writers")
    house.start_worker()
    job = wait_until(house.submit("nap", seconds=4), Status.RUNNING)

    file = house.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, timeout=60)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(5)
        other.rollback()

    wait_until(job, Status.COMPLETED)
    assert job.attempt == 1


def _terminate(backend: int) -> None:
    """End a connection of the server's from the outside."""
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [backend])
