"""Jobs in the admin: quick to look through, deleted by the rules, never changed by hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.contrib import admin
from django.db import connection
from django.urls import reverse

from backtesting.models import BacktestJob, JobReport
from tests.factories.backtesting import (
    BacktestJobFactory,
    claim,
    multiply_job,
    repository,
    result,
    submit,
)

if TYPE_CHECKING:
    from typing import Any

    from django.contrib.auth.models import User
    from django.test import Client, RequestFactory

pytestmark = pytest.mark.django_db
Status = BacktestJob.Status
FEW, MANY = 2_000, 20_000


@pytest.fixture
def staff(admin_user: User, client: Client) -> Client:
    client.force_login(admin_user)
    return client


def page(model: str, action: str = "changelist", *arguments: object) -> str:
    return reverse(f"admin:backtesting_{model}_{action}", args=arguments)


def completed_job() -> BacktestJob:
    jobs = repository()
    job = submit(jobs)
    jobs.store_report(claim(jobs), result(pnl=1.5))
    return job


def test_a_job_can_be_looked_at_and_not_changed(staff: Client) -> None:
    job = completed_job()
    address = page("backtestjob", "change", job.pk)

    assert staff.get(address).status_code == 200
    assert staff.post(address, {"status": Status.QUEUED}).status_code == 403
    assert staff.get(page("backtestjob", "add")).status_code == 403
    job.refresh_from_db()
    assert job.status == Status.COMPLETED


def test_a_report_is_listed_without_being_read(
    staff: Client, django_assert_max_num_queries: Any
) -> None:
    report = completed_job().report

    with django_assert_max_num_queries(10) as queries:
        listed = staff.get(page("jobreport"))
    shown = staff.get(page("jobreport", "change", report.pk))

    assert report.sha256 in listed.content.decode()
    assert not any('"payload"' in one["sql"] for one in queries.captured_queries)
    assert not any('"tables"' in one["sql"] for one in queries.captured_queries)
    assert "trades" in shown.content.decode()
    assert staff.post(page("jobreport", "change", report.pk), {}).status_code == 403
    assert staff.post(page("jobreport", "delete", report.pk), {"post": "yes"}).status_code == 403


def test_a_job_that_does_not_run_can_be_deleted(staff: Client) -> None:
    job = completed_job()

    staff.post(page("backtestjob", "delete", job.pk), {"post": "yes"})

    assert not BacktestJob.objects.exists()
    assert not JobReport.objects.exists()


def test_a_running_job_is_not_deleted_neither_alone_nor_with_others(staff: Client) -> None:
    ended, running = (
        BacktestJobFactory.create(finished=True),
        BacktestJobFactory.create(running=True),
    )

    alone = staff.post(page("backtestjob", "delete", running.pk), {"post": "yes"})
    staff.post(
        page("backtestjob"),
        {"action": "delete_finished", "_selected_action": [ended.pk, running.pk]},
    )

    assert alone.status_code == 403
    assert list(BacktestJob.objects.all()) == [running]


@pytest.mark.parametrize("query", ["", "?status=failed", "?q=5", "?q=night"])
def test_the_list_takes_the_same_few_queries_with_however_many_jobs(
    staff: Client, query: str, django_assert_max_num_queries: Any
) -> None:
    multiply_job(BacktestJobFactory.create(finished=True).pk, FEW)

    with django_assert_max_num_queries(8):
        answer = staff.get(page("backtestjob") + query)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("", r"job_newest\b"),
        ("?status=failed", r"job_newest_by_status\b"),
        ("?q=5", r"PRIMARY KEY|backtest_jobs_pkey"),
    ],
)
def test_the_listed_jobs_are_found_by_an_index_and_none_is_sorted_or_walked_over(
    rf: RequestFactory, admin_user: User, query: str, index: str
) -> None:
    multiply_job(BacktestJobFactory.create(finished=True).pk, MANY)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE backtest_jobs")
    request = rf.get(page("backtestjob") + query)
    request.user = admin_user
    listed = admin.site.get_model_admin(BacktestJob).get_changelist_instance(request)

    plan = listed.result_list.explain()

    assert re.search(index, plan), plan
    assert "Seq Scan on backtest_jobs" not in plan
    assert "USE TEMP B-TREE" not in plan  # how SQLite says that it sorts
