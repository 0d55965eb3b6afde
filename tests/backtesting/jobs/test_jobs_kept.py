"""What becomes of jobs that ended: repeated, found again, named, deleted, purged."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from backtesting.jobs import (
    JobError,
)
from backtesting.models import BacktestJob, JobReport
from tests.factories.backtesting import (
    AT,
    BacktestJobFactory,
    claim,
    repository,
    result,
    submit,
)

pytestmark = pytest.mark.django_db
Status = BacktestJob.Status


def test_a_job_is_repeated_as_a_new_one() -> None:
    jobs = repository()
    first = submit(jobs, request={"config": {"seed": 7}}, name="seven")

    again = jobs.run_again(first, None)

    assert (again.parent, again.request, again.name) == (first, first.request, "seven")
    assert again.pk != first.pk


def test_the_same_request_on_the_same_data_by_the_same_code_has_a_result() -> None:
    jobs = repository()
    request = {"config": {"seed": 7}}
    submit(jobs, request=request)
    claimed = claim(jobs)
    jobs.store_report(claimed, result(fingerprint="data", code_version="1"))

    found = jobs.find_result(request, "data", "1")

    assert found is not None
    assert found.pk == claimed.job_id
    assert jobs.find_result({"config": {"seed": 8}}, "data", "1") is None
    assert jobs.find_result(request, "other", "1") is None
    assert jobs.find_result(request, "data", "2") is None
    assert jobs.find_result(request, "", "1") is None


def test_a_running_job_is_not_deleted_and_any_other_is_with_its_report() -> None:
    jobs = repository()
    submit(jobs)
    claimed = claim(jobs)

    with pytest.raises(JobError, match="is running; cancel it first"):
        jobs.delete(claimed.job_id)
    jobs.store_report(claimed, result())
    child = jobs.run_again(BacktestJob.objects.get(), None)

    assert jobs.delete(claimed.job_id)
    assert not jobs.delete(claimed.job_id)
    assert not JobReport.objects.exists()
    assert BacktestJob.objects.get() == child


def test_a_job_can_be_named_and_noted_in_any_state() -> None:
    jobs = repository()
    job = submit(jobs)

    jobs.rename(job.pk, "  first try ")
    jobs.annotate(job.pk, "threshold too low")

    job.refresh_from_db()
    assert (str(job), job.notes) == ("first try", "threshold too low")


def test_a_name_that_is_too_long_is_refused_and_never_cut() -> None:
    jobs = repository()
    job = submit(jobs, name="kept")

    for give in (partial(jobs.rename, job.pk), lambda name: submit(jobs, name=name)):
        with pytest.raises(JobError, match="has 201 characters; it may have 200"):
            give("a" * 201)

    assert BacktestJob.objects.get().name == "kept"


def test_only_what_ended_long_ago_is_purged() -> None:
    jobs = repository()
    old = BacktestJobFactory.create(finished=True)
    BacktestJobFactory.create(finished=True, finished_at=timezone.now() - timedelta(days=2))
    BacktestJobFactory.create(created_at=AT)

    assert jobs.purge(0) == 0
    assert jobs.purge((timezone.now() - AT).days) == 1
    assert not BacktestJob.objects.filter(pk=old.pk).exists()
    assert BacktestJob.objects.count() == 2
