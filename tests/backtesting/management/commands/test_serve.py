"""`serve`: the dashboard and a worker together, and both gone at one Ctrl-C."""

from __future__ import annotations

import io
import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from backtesting.management.commands import serve
from backtesting.models import BacktestJob, WorkerHeartbeat
from backtesting.processes import is_alive
from tests.backtesting.jobs.houses import (
    PATIENCE_S,
    family,
    named,
    see_the_end_of,
    wait_for,
    wait_until,
)
from tests.ports import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import Settings

    from tests.backtesting.jobs.houses import House

SERVE = """
import sys
import django; django.setup()
from django.core.management import execute_from_command_line
from backtesting.management.commands import serve
serve.WORKER_GRACE_S = 120.0  # for a machine on which it takes longer to stop in order
execute_from_command_line(["manage.py", "serve", "--port", sys.argv[1]])
"""


@pytest.fixture(autouse=True)
def _data_of_the_test(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def answer(port: int, path: str) -> tuple[int, bytes] | None:
    """Return status and body, None while nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return None


def start(house: House, port: int, **more: object) -> subprocess.Popen[str]:
    served = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(port)],
        env=house.environment(**more),
        stderr=subprocess.PIPE,
        text=True,
    )
    house.started.append(served)
    return served


@pytest.mark.slow
def test_one_interrupt_stops_both_in_order(house: House) -> None:
    port = free_port()
    served = start(house, port)
    found = wait_for(lambda: answer(port, "/healthz"), "the web server")
    job = wait_until(house.submit("linger"), BacktestJob.Status.RUNNING)
    members = family(served.pid)

    served.send_signal(signal.SIGINT)
    _, said = served.communicate(timeout=PATIENCE_S)

    job.refresh_from_db()
    assert (found[0], json.loads(found[1])) == (200, {"ok": True})
    assert served.returncode == 0
    assert "Made the first user: admin, password" in said
    assert (job.status, job.attempt) == (BacktestJob.Status.QUEUED, 0)
    assert not WorkerHeartbeat.objects.exists()
    assert len(members) >= 6
    see_the_end_of(members)


def test_a_port_that_is_taken_is_refused_in_a_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(CommandError, match=f"port {port}: Address already in use") as refused:
            call_command("serve", port=port)

    assert refused.value.returncode == 2
    assert "--port" in str(refused.value)


@pytest.mark.django_db
@pytest.mark.parametrize(("host", "times"), [("0.0.0.0", 1), ("127.0.0.1", 0)])  # noqa: S104 - nobody listens
def test_who_listens_to_others_is_told_by_which_names(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, host: str, times: int
) -> None:
    monkeypatch.setattr(serve, "call_command", lambda *_, **__: None)
    monkeypatch.setattr(serve._Children, "run", lambda *_: None)
    settings.ALLOWED_HOSTS = ["localhost", "desk.example"]
    said = io.StringIO()

    call_command("serve", host=host, port=free_port(), stderr=said)

    words = "It answers to the names in ALLOWED_HOSTS alone: localhost, desk.example"
    assert said.getvalue().count(words) == times


@pytest.mark.django_db
def test_an_address_of_version_6_is_shown_as_browsers_take_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serve, "call_command", lambda *_, **__: None)
    monkeypatch.setattr(serve, "check_address", lambda *_: None)
    monkeypatch.setattr(serve._Children, "run", lambda *_: None)
    said = io.StringIO()

    call_command("serve", host="::1", port=8123, stderr=said)

    assert "Dashboard: http://[::1]:8123/ " in said.getvalue()


def test_an_empty_host_is_refused() -> None:
    with pytest.raises(CommandError, match="--host is empty; write an address"):
        call_command("serve", host="")


@pytest.mark.parametrize("port", [0, 65536])
def test_a_port_that_there_is_not_is_refused(port: int) -> None:
    with pytest.raises(CommandError, match=f"--port is {port}; it must be 1 to 65535"):
        call_command("serve", port=port)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "backtests.example"])  # noqa: S104 - to be refused
def test_pages_for_debugging_are_not_shown_to_others(settings: Settings, host: str) -> None:
    settings.DEBUG = True

    with pytest.raises(CommandError, match="is reached by others; unset BACKTEST_DEBUG"):
        call_command("serve", host=host)


@pytest.mark.slow
@pytest.mark.parametrize("title", ["manage.py runworker", "granian"])
def test_what_is_killed_is_started_anew(house: House, title: str) -> None:
    port = free_port()
    served = start(house, port, LEASE_S=6)
    wait_for(lambda: answer(port, "/healthz"), "the web server")
    job = wait_until(house.submit("nap", seconds=1), BacktestJob.Status.RUNNING)

    lost = named(served.pid, title)
    lost.kill()

    wait_until(job, BacktestJob.Status.COMPLETED)
    wait_for(lambda: not is_alive(lost.pid) and answer(port, "/healthz"), "the web server")
    served.send_signal(signal.SIGINT)
    _, said = served.communicate(timeout=PATIENCE_S)
    assert served.returncode == 0
    assert "was lost and is started anew" in said
