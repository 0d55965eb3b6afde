"""The state machine of jobs: what may follow on what, and who may bring it about."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from backtesting.jobs import (
    CancelAnswer,
    JobCancelled,
    JobError,
    LeaseLost,
    Reaped,
    request_hash,
)
from backtesting.leases import report_hash
from backtesting.models import BacktestJob, JobReport
from tests.factories.backtesting import (
    Bell,
    claim,
    let_lease_run_out,
    repository,
    result,
    status,
    submit,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import User


pytestmark = pytest.mark.django_db
Status = BacktestJob.Status


def test_a_submitted_job_waits_and_the_bell_is_rung() -> None:
    bell = Bell()

    job = submit(repository(bell), request={"b": 1, "a": 2}, name="mine")

    assert (job.status, job.name, bell.rings) == (Status.QUEUED, "mine", 1)
    assert job.config_hash == request_hash({"a": 2, "b": 1})


def test_a_form_sent_twice_makes_one_job() -> None:
    bell = Bell()
    jobs, once = repository(bell), uuid.uuid4()

    first, second = submit(jobs, submission_id=once), submit(jobs, submission_id=once)

    assert first.pk == second.pk
    assert bell.rings == 1


def test_a_form_of_somebody_else_is_not_shown(admin_user: User) -> None:
    jobs, once = repository(), uuid.uuid4()
    submit(jobs, admin_user, submission_id=once)

    with pytest.raises(JobError, match="sent by somebody else"):
        submit(jobs, submission_id=once)


def test_a_kind_nobody_knows_is_refused() -> None:
    with pytest.raises(JobError, match="'dance' is no kind of job; it must be one of"):
        repository().submit("dance", None, {})


def test_a_person_has_at_most_20_jobs_in_the_queue(admin_user: User) -> None:
    jobs = repository()
    for _ in range(20):
        submit(jobs, admin_user)

    with pytest.raises(JobError, match="20 of your jobs wait"):
        submit(jobs, admin_user)

    claim(jobs)
    submit(jobs, admin_user)
    assert BacktestJob.objects.queued().count() == 20


def test_the_oldest_job_is_claimed_first_and_only_once() -> None:
    jobs = repository()
    first, second = submit(jobs), submit(jobs)

    claims = [jobs.claim("host:1"), jobs.claim("host:2"), jobs.claim("host:3")]

    assert [one and one.job_id for one in claims] == [first.pk, second.pk, None]
    assert BacktestJob.objects.get(pk=second.pk).worker == "host:2"


def test_a_job_can_be_claimed_by_name_and_not_twice() -> None:
    jobs = repository()
    submit(jobs)
    named = submit(jobs)

    claimed = jobs.claim("host:1", named.pk)

    assert claimed is not None
    assert (claimed.job_id, claimed.attempt) == (named.pk, 1)
    assert jobs.claim("host:2", named.pk) is None


def test_a_beat_renews_the_lease_and_shows_progress() -> None:
    jobs = repository()
    submit(jobs)
    claimed = claim(jobs)
    let_lease_run_out(claimed.job_id)

    jobs.beat(claimed, 5, 20, "replaying", rate=2.5)

    job = BacktestJob.objects.get()
    assert not job.is_stalled
    assert (job.progress_share, job.seconds_left, job.progress_note) == (0.25, 6.0, "replaying")


def test_report_and_completion_are_stored_together() -> None:
    jobs = repository()
    submit(jobs)
    claimed = claim(jobs)
    jobs.beat(claimed, 5, 20, "replaying")

    jobs.store_report(claimed, result(pnl=1.5, pnl_asset="USD", trades=3, code_version="1"))

    job = BacktestJob.objects.get()
    assert (job.status, job.pnl, job.trades, job.progress_done) == (Status.COMPLETED, 1.5, 3, 20)
    assert (job.lease_token, job.report.attempt, bytes(job.report.tables)) == (None, 1, b"tables")
    assert job.report.sha256 == report_hash({"trades": 3}, b"tables")


def test_a_second_report_is_refused() -> None:
    jobs = repository()
    submit(jobs)
    claimed = claim(jobs)
    jobs.store_report(claimed, result())

    other = result(fill_model="another")
    with pytest.raises(LeaseLost):
        jobs.store_report(claimed, type(other)(payload={"trades": 4}))

    assert JobReport.objects.get().payload == {"trades": 3}


def test_a_frozen_worker_that_wakes_up_changes_nothing() -> None:
    jobs = repository()
    submit(jobs)
    zombie = claim(jobs, "host:1")
    let_lease_run_out(zombie.job_id)
    assert jobs.reap() == Reaped(requeued=1)
    second = claim(jobs, "host:2")

    for attempted in (
        lambda: jobs.beat(zombie, 1, 2, "still here"),
        lambda: jobs.store_report(zombie, result()),
        lambda: jobs.fail(zombie, "crashed", "too late"),
        lambda: jobs.cancelled(zombie),
        lambda: jobs.requeue(zombie),
    ):
        with pytest.raises(LeaseLost):
            attempted()
    jobs.store_report(second, result())

    job = BacktestJob.objects.get()
    assert (job.status, job.attempt, job.report.attempt) == (Status.COMPLETED, 2, 2)


def test_a_zombie_cannot_complete_a_job_that_nobody_has_taken_again() -> None:
    jobs = repository()
    submit(jobs)
    zombie = claim(jobs)
    let_lease_run_out(zombie.job_id)
    jobs.reap()

    with pytest.raises(LeaseLost):
        jobs.store_report(zombie, result())

    assert status(zombie.job_id) == Status.QUEUED
    assert not JobReport.objects.exists()


def test_cancel_wins_over_a_completion_that_comes_after_it() -> None:
    jobs = repository()
    submit(jobs)
    claimed = claim(jobs)

    assert jobs.cancel(claimed.job_id) == CancelAnswer.REQUESTED
    with pytest.raises(JobCancelled):
        jobs.store_report(claimed, result())
    with pytest.raises(JobCancelled):
        jobs.beat(claimed, 1, 2, "on")
    with pytest.raises(JobCancelled):
        jobs.requeue(claimed)
    jobs.cancelled(claimed)

    assert status(claimed.job_id) == Status.CANCELLED
    assert not JobReport.objects.exists()


def test_a_queued_job_is_cancelled_at_once_and_a_finished_one_not_at_all() -> None:
    jobs = repository()
    waiting = submit(jobs)

    assert jobs.cancel(waiting.pk) == CancelAnswer.CANCELLED
    assert status(waiting.pk) == Status.CANCELLED
    assert jobs.cancel(waiting.pk) == CancelAnswer.TOO_LATE
    assert jobs.claim("host:1") is None


def test_a_job_nobody_cancelled_does_not_end_as_cancelled() -> None:
    jobs = repository()
    submit(jobs)
    claimed = claim(jobs)

    with pytest.raises(LeaseLost):
        jobs.cancelled(claimed)

    assert status(claimed.job_id) == Status.RUNNING


def test_a_failure_says_why_in_a_line_without_passwords() -> None:
    jobs = repository()
    submit(jobs)
    claimed = claim(jobs)

    jobs.fail(claimed, "crashed", "no answer\nfrom postgresql://me:word@host/db " + "x" * 3000)

    job = BacktestJob.objects.get()
    assert (job.status, job.error_code) == (Status.FAILED, "crashed")
    assert job.error_detail.startswith("no answer from postgresql://***@host/db xxx")
    assert len(job.error_detail) == 2000


def test_a_job_that_its_maker_works_on_is_never_queued() -> None:
    jobs = repository()

    own = jobs.start("replay", None, {"config": {}}, "host:1")

    assert status(own.job_id) == Status.RUNNING
    jobs.store_report(own, result())
    assert status(own.job_id) == Status.COMPLETED
