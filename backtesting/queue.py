"""The doorbell: the only file that speaks to django-q2.

A message says no more than "there may be work". It may be lost, doubled or late, for the table of
jobs is the truth; it carries no argument, so that nothing of ours is ever pickled.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.cluster import Cluster
from django_q.models import OrmQ, Schedule, Task
from django_q.tasks import async_task
from setproctitle import setproctitle

from backtesting.processes import children_die_with_us, die_with_parent

_WORKER: Final = "backtesting.runner.backtest_worker"
_SCHEDULE: Final = "see to the queue"
_MOST_BELLS: Final = 2
# What a cluster's first process is called before it takes work.
PREPARING: Final = "backtests: preparing the engine"
_KEEP_FAILURES: Final = timedelta(days=30)


def ring() -> None:
    """Tell the workers that there is work; within a transaction, when that is committed."""
    async_task(_WORKER)


def bells_waiting() -> int:
    """Return how many messages a worker could take now."""
    now = timezone.now()
    waiting: int = OrmQ.objects.filter(key=settings.Q_CLUSTER["name"], lock__lte=now).count()
    return waiting


def make_up_for_lost_bells(queued: int) -> int:
    """Ring until as many wait as there are jobs, but a few at most; return how often it rang."""
    missing = min(queued, _MOST_BELLS) - bells_waiting()
    for _ in range(missing):
        ring()
    return max(0, missing)


def keep_schedule() -> None:
    """Have the cluster look after the queue each minute by itself, supervisor or not.

    No constraint of django-q2's keeps two supervisors that start together from making two rows;
    whoever comes next takes the later ones away.
    """
    first = Schedule.objects.filter(name=_SCHEDULE).order_by("pk").first()
    if first is None:
        Schedule.objects.create(
            name=_SCHEDULE,
            func=_WORKER,
            schedule_type=Schedule.MINUTES,
            minutes=1,
            repeats=-1,
        )
    else:
        Schedule.objects.filter(name=_SCHEDULE, pk__gt=first.pk).delete()


def forget_old_failures() -> None:
    """Remove django-q2's records of failed tasks; jobs have their own."""
    Task.objects.filter(stopped__lt=timezone.now() - _KEEP_FAILURES).delete()


def run_cluster(supervisor_pid: int) -> None:
    """Be a cluster until told to stop; none of its processes outlives its parent."""
    die_with_parent(supervisor_pid)
    children_die_with_us()
    setproctitle(PREPARING)  # until the cluster names itself
    import_string(_WORKER)  # before workers are forked, so that each has it at hand
    import_string(settings.JOB_PREPARE)()
    Cluster().start()
