"""What a supervisor takes for a hang, and what not: judged by the monotonic clock alone."""

from __future__ import annotations

import os
import threading
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from django.utils import timezone

from backtesting.leases import lease_time
from backtesting.models import BacktestJob, WorkerHeartbeat
from backtesting.supervisor import ClusterProcess, Supervisor
from backtesting.workers import PREPARING
from tests.backtesting.jobs.clocks import Clock
from tests.factories.backtesting import BacktestJobFactory, repository, submit

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db


class Cluster:
    """A cluster that does nothing but be in a state."""

    def __init__(self, now: float, state: str) -> None:
        self.name, self.started, self.state = "c1", now, state
        self.kills = 0

    def has_ended(self) -> bool:
        return self.state == "ended"

    def listens(self) -> bool:
        return self.state == "listening"

    def is_preparing(self) -> bool:
        return self.state == "preparing"

    def kill(self) -> None:
        self.kills += 1


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("backtesting.supervisor.time", clock)
    return clock


@pytest.fixture
def watched(clock: Clock) -> Callable[[str], tuple[Supervisor, list[Cluster]]]:
    """Return what starts a supervisor over clusters in a state, with a job that waits."""

    def start(state: str) -> tuple[Supervisor, list[Cluster]]:
        submit(repository())
        clusters: list[Cluster] = []

        def cluster() -> ClusterProcess:
            clusters.append(Cluster(clock.now, state))
            return cast("ClusterProcess", clusters[-1])

        one = Supervisor(cluster)
        one._start()
        return one, clusters

    return start


def let_pass(one: Supervisor, clock: Clock, seconds: int) -> None:
    for _ in range(seconds):
        clock.now += 1
        one._tick()


def test_a_cluster_that_listens_and_takes_nothing_is_replaced_within_15_seconds(
    watched: Any, clock: Clock
) -> None:
    one, clusters = watched("listening")

    let_pass(one, clock, 15)

    assert (len(clusters), clusters[0].kills) == (2, 1)


@pytest.mark.parametrize(("silent_s", "clusters_started"), [(10, 1), (12, 2)])
def test_a_worker_without_a_sign_of_life_for_12_seconds_is_replaced(
    watched: Any, clock: Clock, silent_s: int, clusters_started: int
) -> None:
    one, clusters = watched("listening")
    BacktestJobFactory.create(
        running=True,
        worker=f"host:{os.getpid()}/{clusters[0].name}",
        lease_expires_at=timezone.now() + lease_time() - timedelta(seconds=silent_s),
    )

    let_pass(one, clock, 1)

    assert len(clusters) == clusters_started


def test_a_cluster_that_does_not_come_to_listen_is_replaced(watched: Any, clock: Clock) -> None:
    one, clusters = watched("mute")

    let_pass(one, clock, 30)
    assert len(clusters) == 1
    let_pass(one, clock, 15)

    assert len(clusters) == 2


def test_a_cluster_that_compiles_is_left_to_it_and_says_so(watched: Any, clock: Clock) -> None:
    one, clusters = watched("preparing")

    let_pass(one, clock, 120)

    assert len(clusters) == 1
    assert WorkerHeartbeat.objects.get().note == PREPARING

    clusters[0].state = "listening"
    let_pass(one, clock, 6)
    assert WorkerHeartbeat.objects.get().note == "cluster c1"
    let_pass(one, clock, 10)
    assert len(clusters) == 2


def test_one_that_compiles_for_ever_is_replaced_all_the_same(watched: Any, clock: Clock) -> None:
    one, clusters = watched("preparing")

    let_pass(one, clock, 350)

    assert len(clusters) == 2


@pytest.fixture
def pauses(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the pauses that are made; they take no time."""
    made: list[float] = []

    class Stopping(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            made.append(timeout or 0)
            clock.now += made[-1]
            return False

    monkeypatch.setattr("backtesting.supervisor.threading", SimpleNamespace(Event=Stopping))
    return made


def test_clusters_that_never_come_up_are_started_with_growing_pauses(
    watched: Any, clock: Clock, pauses: list[float]
) -> None:
    one, clusters = watched("ended")

    let_pass(one, clock, 6)

    assert pauses == [2, 4, 8, 10, 10, 10]
    assert len(clusters) == 7


def test_one_that_is_killed_again_and_again_is_soon_back(
    watched: Any, clock: Clock, pauses: list[float]
) -> None:
    one, clusters = watched("listening")

    for _ in range(5):
        let_pass(one, clock, 3)
        clusters[-1].state = "ended"
        let_pass(one, clock, 1)

    assert pauses == [2, 2, 2, 2, 2]
    assert len(clusters) == 6


def test_a_cluster_without_work_is_left_alone(watched: Any, clock: Clock) -> None:
    one, clusters = watched("listening")
    BacktestJob.objects.all().delete()

    let_pass(one, clock, 120)

    assert len(clusters) == 1


def test_jobs_that_ended_long_ago_are_removed_in_passing(
    watched: Any, clock: Clock, settings: Settings
) -> None:
    one, _ = watched("listening")
    settings.JOB_RETENTION_DAYS = 1
    BacktestJobFactory.create(finished=True)

    let_pass(one, clock, 1)

    assert not BacktestJob.objects.filter(status="completed").exists()
    assert BacktestJob.objects.queued().exists()
