"""The doorbell: rung within the transaction, made up for when lost, never the truth."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.urls import NoReverseMatch, reverse
from django.utils.module_loading import import_string
from django_q.models import OrmQ, Schedule
from django_q.signing import SignedPackage

from backtesting import queue
from backtesting.jobs import BacktestJobRepository
from backtesting.models import BacktestJob

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client

pytestmark = pytest.mark.django_db
PROJECT = Path(__file__).resolve().parents[3]


def test_a_job_and_its_ring_are_written_together_or_not_at_all() -> None:
    with transaction.atomic():
        BacktestJobRepository().submit("replay", None, {})
        transaction.set_rollback(True)

    assert (BacktestJob.objects.count(), OrmQ.objects.count()) == (0, 0)

    BacktestJobRepository().submit("replay", None, {})

    assert (BacktestJob.objects.count(), OrmQ.objects.count()) == (1, 1)


def test_a_ring_carries_no_argument_and_names_what_the_runner_has() -> None:
    queue.ring()

    message = SignedPackage.loads(OrmQ.objects.get().payload)
    assert (message["args"], message["kwargs"]) == ((), {})
    assert callable(import_string(message["func"]))


def test_lost_rings_are_made_up_for_and_no_more_than_that() -> None:
    assert queue.make_up_for_lost_bells(0) == 0
    assert queue.make_up_for_lost_bells(1) == 1
    assert queue.make_up_for_lost_bells(1) == 0
    assert queue.make_up_for_lost_bells(50) == 1
    assert queue.bells_waiting() == 2


def test_the_schedule_is_kept_once() -> None:
    queue.keep_schedule()
    queue.keep_schedule()

    schedule = Schedule.objects.get()
    assert callable(import_string(schedule.func))
    assert schedule.minutes == 1


def test_a_schedule_that_two_supervisors_made_at_once_is_one_again() -> None:
    queue.keep_schedule()
    first = Schedule.objects.get()
    Schedule.objects.create(name=first.name, func=first.func)

    queue.keep_schedule()

    assert Schedule.objects.get() == first


@pytest.mark.parametrize("model", ["schedule", "success", "failure", "ormq"])
def test_the_admin_of_the_queue_is_gone(client: Client, admin_user: User, model: str) -> None:
    client.force_login(admin_user)

    assert client.get(f"/admin/django_q/{model}/").status_code == 404
    with pytest.raises(NoReverseMatch):
        reverse(f"admin:django_q_{model}_changelist")


def test_what_a_page_needs_of_jobs_brings_no_compiler_along() -> None:
    look = (
        "import django; django.setup(); import sys;"
        "import backtesting.queue, backtesting.jobs, backtesting.requests, backtesting.inputs;"
        "sys.exit('numba' in sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", look],
        cwd=PROJECT,
        env={"DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
