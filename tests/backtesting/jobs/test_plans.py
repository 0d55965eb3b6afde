"""What workers and pages ask all the time is answered from an index, with however many jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.utils import timezone

from backtesting.models import BacktestJob
from tests.factories.backtesting import AT, BacktestJobFactory, multiply_job

if TYPE_CHECKING:
    from django.db.models import QuerySet

pytestmark = pytest.mark.django_db
Jobs = BacktestJob.objects

ASKED = {
    "claim": (lambda: Jobs.queued().order_by("pk")[:1], "job_queued"),
    "our lease": (lambda: Jobs.running().filter(lease_token="0" * 32), "job_"),
    "expired": (lambda: Jobs.running().filter(lease_expires_at__lt=timezone.now()), "job_leases"),
    "newest": (lambda: Jobs.newest()[:20], "job_newest"),
    "newest of": (lambda: Jobs.filter(owner_id=1).newest()[:20], "job_newest_of"),
    "older": (lambda: Jobs.newest().older_than(AT, 5)[:20], "job_newest"),
    "failed": (lambda: Jobs.filter(status="failed").newest()[:20], "job_newest_by_status"),
}


@pytest.mark.parametrize("name", ASKED)
def test_it_is_answered_from_its_index(name: str) -> None:
    multiply_job(BacktestJobFactory.create(finished=True).pk, 20_000)
    multiply_job(BacktestJobFactory.create().pk, 2_000)
    BacktestJobFactory.create(running=True)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE backtest_jobs")
    ask, index = ASKED[name]

    plan = explained(ask())

    assert index.lower() in plan.lower(), plan
    assert "Seq Scan" not in plan, plan


def explained(jobs: QuerySet[BacktestJob]) -> str:
    return str(jobs.explain())
