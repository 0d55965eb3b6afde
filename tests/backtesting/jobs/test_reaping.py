"""Jobs whose worker stopped or died: back to the queue, given up, or cancelled."""

from __future__ import annotations

import pytest

from backtesting.jobs import Reaped
from backtesting.models import BacktestJob
from tests.factories.backtesting import (
    Bell,
    claim,
    let_lease_run_out,
    repository,
    status,
    submit,
)

pytestmark = pytest.mark.django_db
Status = BacktestJob.Status


def test_a_job_that_kills_its_worker_each_time_is_given_up() -> None:
    bell = Bell()
    jobs = repository(bell)
    poison = submit(jobs)

    reaped = []
    for _ in range(2):
        claim(jobs)
        let_lease_run_out(poison.pk)
        reaped.append(jobs.reap())

    job = BacktestJob.objects.get()
    assert reaped == [Reaped(requeued=1), Reaped(lost=1)]
    assert (job.status, job.error_code, job.attempt) == (Status.FAILED, "worker_lost", 2)
    assert bell.rings == 2


def test_a_dead_workers_job_that_was_cancelled_ends_as_cancelled() -> None:
    jobs = repository()
    submit(jobs)
    claimed = claim(jobs)
    jobs.cancel(claimed.job_id)
    let_lease_run_out(claimed.job_id)

    assert jobs.reap() == Reaped(cancelled=1)
    assert status(claimed.job_id) == Status.CANCELLED


def test_a_job_whose_lease_holds_is_left_alone() -> None:
    jobs = repository()
    submit(jobs)
    claimed = claim(jobs)

    assert jobs.reap() == Reaped()
    jobs.beat(claimed, 1, 2, "on")


def test_a_job_whose_attempt_came_to_nothing_goes_back_as_often_as_it_may() -> None:
    bell = Bell()
    jobs = repository(bell)
    submit(jobs)

    assert jobs.requeue(claim(jobs))

    job = BacktestJob.objects.get()
    assert (job.status, job.attempt, bell.rings) == (Status.QUEUED, 1, 2)
    last = claim(jobs)
    assert last.attempt == 2
    assert not jobs.requeue(last)
    assert status(last.job_id) == Status.RUNNING


def test_the_jobs_of_stopped_workers_go_back_and_those_of_others_do_not() -> None:
    jobs = repository()
    for _ in range(3):
        submit(jobs)
    ours, theirs, cancelled = claim(jobs, "a:1"), claim(jobs, "b:1"), claim(jobs, "a:2")
    jobs.cancel(cancelled.job_id)

    assert jobs.put_back(["a:1", "a:2"]) == 1

    states = [status(one.job_id) for one in (ours, theirs, cancelled)]
    assert states == [Status.QUEUED, Status.RUNNING, Status.CANCELLED]


def test_the_leases_of_dead_workers_can_be_ended_early() -> None:
    jobs = repository()
    submit(jobs)
    claim(jobs, "a:1")

    assert jobs.expire(["b:1"]) == 0
    assert jobs.expire(["a:1"]) == 1
    assert jobs.reap() == Reaped(requeued=1)
    assert BacktestJob.objects.get().attempt == 1
