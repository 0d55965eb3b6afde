"""/healthz knows a queue that stands still and a worker that vanished; it tells staff alone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from backtesting.health import queue_health, worker_health
from backtesting.models import BacktestJob, WorkerHeartbeat
from backtesting.workers import show_alive, show_gone
from tests.factories.backtesting import BacktestJobFactory, multiply_job

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


def wait(seconds: float) -> BacktestJob:
    return BacktestJobFactory.create(created_at=timezone.now() - timedelta(seconds=seconds))


def fall_silent(seconds: float) -> None:
    beat_at = timezone.now() - timedelta(seconds=seconds)
    WorkerHeartbeat.objects.update(beat_at=beat_at)


def test_all_is_well_before_anything_was_done(client: Client) -> None:
    assert client.get("/healthz").status_code == 200


def test_a_job_that_nobody_takes_is_said_with_its_age() -> None:
    wait(10)
    wait(300)

    found = queue_health()

    assert not BacktestJob.objects.running().exists()
    assert 10 <= float(found.details["oldest_queued_s"] or 0) < 300
    assert found.ok


def test_a_queue_that_stands_still_is_ill() -> None:
    wait(300)

    assert not queue_health().ok


def test_a_queue_behind_a_long_job_is_well() -> None:
    wait(3000)
    BacktestJobFactory.create(running=True)

    assert queue_health().ok


def test_a_job_whose_worker_is_lost_does_not_count_as_work() -> None:
    wait(300)
    BacktestJobFactory.create(running=True, lease_expires_at=timezone.now() - timedelta(seconds=1))

    assert not queue_health().ok


def test_a_worker_that_was_killed_is_missed() -> None:
    show_alive("host:1", restarts=0, note="")
    assert worker_health().ok

    fall_silent(20)

    found = worker_health()
    assert not found.ok
    assert 20 <= float(found.details["last_heartbeat_s"] or 0) < 320


def test_a_worker_that_took_its_leave_is_missed_when_a_job_waits() -> None:
    show_alive("host:1", restarts=0, note="")
    show_gone("host:1")
    assert worker_health().ok

    wait(0)

    assert not worker_health().ok


def test_one_worker_that_is_left_will_do() -> None:
    show_alive("host:1", restarts=0, note="")
    fall_silent(500)
    show_alive("host:2", restarts=0, note="")

    assert worker_health().ok


def test_anybody_hears_that_all_is_not_well_and_staff_what(
    client: Client, admin_client: Client
) -> None:
    wait(300)

    told, staff = client.get("/healthz"), admin_client.get("/healthz")

    assert (told.status_code, told.json()) == (503, {"ok": False})
    checks = staff.json()["checks"]
    assert staff.status_code == 503
    assert {name: check["ok"] for name, check in checks.items()} == {
        "database": True,
        "queue": False,
        "worker": False,
    }
    assert checks["queue"]["oldest_queued_s"] >= 300
    assert checks["worker"]["last_heartbeat_s"] is None


def test_it_asks_few_questions_with_however_many_jobs(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    multiply_job(wait(0).pk, 2_000)

    with django_assert_max_num_queries(5):
        client.get("/healthz")
