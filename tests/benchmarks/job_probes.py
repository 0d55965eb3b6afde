"""What is measured of jobs in a process of its own, beside a database that is full of them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse

from backtesting.jobs import BacktestJobRepository, JobResult
from backtesting.models import BacktestJob
from backtesting.progress import JobProgress
from tests.benchmarks.engine import compile_engine, make_engine
from tests.benchmarks.tapes import benchmark_tape
from tests.benchmarks.timing import seconds
from tests.factories.backtesting import BacktestJobFactory, multiply_job

if TYPE_CHECKING:
    from collections.abc import Callable

_BACKEND: Final = "django.contrib.auth.backends.ModelBackend"
_HTMX: Final = {"HX-Request": "true"}
_QUEUED_SHARE: Final = 10
_ROWS_OF_20_MB: Final = 150_000
# The list as it opens, one status, a number and a part of a name, which no index knows.
_ADMIN_QUERIES: Final = ("", "?status=completed", "?q=5", "?q=night")
_BILLION: Final = {
    "thetas": "0..0.1 step 0.0001",
    "capitals": "1..1000 step 1",
    "latencies": "1..1000 step 1",
    "fill_models": "replayed",
    "fee": "zero",
}


def fill(jobs: int) -> int:
    """Make so many jobs, a tenth of them queued; return how many there are."""
    queued = jobs // _QUEUED_SHARE
    done = BacktestJobFactory.create(
        finished=True, events=10**6, trades=9, pnl=1.5, pnl_asset="USD", fill_model="modeled"
    )
    multiply_job(done.pk, jobs - queued - 1)
    multiply_job(BacktestJobFactory.create().pk, queued - 1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as a server does by itself
    return BacktestJob.objects.count()


def submit_seconds(times: int) -> list[float]:
    """Return how long each of several submissions takes, to the end of its commit."""
    jobs = BacktestJobRepository()
    return [seconds(lambda n: jobs.submit("replay", None, {"n": n}), n) for n in range(times)]


def claim_seconds(times: int) -> list[float]:
    """Return how long each of several claims takes; what is claimed is completed, untimed."""
    jobs = BacktestJobRepository()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        claim = jobs.claim("host:1")
        taken.append(time.perf_counter() - began)
        if claim is None:
            raise ValueError(f"no job was left to claim after {len(taken)}")
        jobs.store_report(claim, JobResult(payload={}))
    return taken


def store_seconds(times: int) -> list[float]:
    """Return how long storing a report takes that is 20 MB as JSON."""
    row = {"t": "2026-03-01T12:00:00.123456+00:00", "symbol": "BTC/USD", "status": "executed"}
    rows = [{**row, "n": n, "pnl": n / 7, "fee": n / 11} for n in range(_ROWS_OF_20_MB)]
    result = JobResult(payload={"rows": rows})
    jobs = BacktestJobRepository(ring=lambda: None)
    taken = []
    for _ in range(times):
        claim = jobs.start("replay", None, {"config": {}}, "host:1")
        taken.append(seconds(lambda claimed: jobs.store_report(claimed, result), claim))
    return taken


def panel_seconds(times: int) -> list[float]:
    """Return how long each of several answers with the panel takes."""
    return _page_seconds(reverse("backtesting_panel"), times)


def history_seconds(times: int) -> list[float]:
    """Return how long each of several answers with a page from the middle takes."""
    jobs = BacktestJob.objects.newest()
    middle = jobs[jobs.count() // 2]
    key = f"{middle.created_at.isoformat()}_{middle.pk}".replace("+", "%2B")
    return _page_seconds(f"{reverse('job_history')}?after={key}", times)


def admin_seconds(times: int) -> list[list[float]]:
    """Return how long each of several answers with the admin's list takes, for each query."""
    address = reverse("admin:backtesting_backtestjob_changelist")
    return [_page_seconds(address + query, times) for query in _ADMIN_QUERIES]


def refusal_seconds(times: int) -> list[float]:
    """Return how long each of several answers to a form of a billion sets takes."""
    return _page_seconds(f"{reverse('sweep_count')}?{urlencode(_BILLION)}", times)


def sessions(count: int) -> list[str]:
    """Return the session keys of so many browsers of a user who may see all jobs."""
    return [str(_client().cookies["sessionid"].value) for _ in range(count)]


def replay_rate(events: int, duration_s: float) -> float:
    """Return how many events a second a job replays, which is at it for so long, and beats."""
    compile_engine()
    columns = benchmark_tape("quiet", events)
    jobs = BacktestJobRepository(ring=lambda: None)
    claim = jobs.start("replay", None, {"config": {}}, "host:1")
    with JobProgress(jobs, claim) as progress:
        began, done = time.perf_counter(), 0
        while time.perf_counter() - began < duration_s:
            make_engine(columns).run(_without_end(progress))
            done += events
        rate = done / (time.perf_counter() - began)
    jobs.store_report(claim, JobResult(payload={}))
    return rate


def _without_end(progress: JobProgress) -> Callable[[int, int], None]:
    """Pass progress on as that of a longer replay, so that none of them is its last."""
    return lambda done, total: progress(done, total + 1)


def _page_seconds(address: str, times: int) -> list[float]:
    client = _client()
    client.get(address, headers=_HTMX)  # templates are loaded once
    return [seconds(lambda where: _get(client, where), address) for _ in range(times)]


def _get(client: Client, address: str) -> None:
    answer: Any = client.get(address, headers=_HTMX)
    if answer.status_code != 200:
        raise ValueError(f"{address} was answered with {answer.status_code}")


def _client() -> Client:
    settings.ALLOWED_HOSTS = ["testserver"]
    user, _ = User.objects.get_or_create(username="bench", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(user, backend=_BACKEND)
    return client
