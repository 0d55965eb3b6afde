"""A dashboard as a trader starts it: `serve`, with its web server, its worker and its database."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.error import URLError
from urllib.request import urlopen

from tests.databases import PROJECT
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RECORDING: Final = "busy"
_EVENTS: Final = 40_000
_STARTS_S: Final = 300.0  # it may have to compile the engine, beside others
_PASSWORD: Final = re.compile(r"Made the first user: (\w+), password (\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Where it is, and who may enter; `environment` is that of its commands."""

    url: str
    username: str
    password: str
    environment: dict[str, str]

    def run(self, *words: str) -> str:
        """Return what a command of manage.py prints."""
        return _run(self.environment, *words)


@contextmanager
def serve(folder: Path) -> Iterator[House]:
    """Serve a dashboard with a recording out of a folder of its own."""
    environment = {
        **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
        "BACKTEST_DATA_DIR": str(folder / "data"),
        "DJANGO_SETTINGS_MODULE": "tests.e2e.served_settings",
        "PYTHONPATH": str(PROJECT),
    }
    tape = str(folder / "tape.jsonl")
    _run(environment, "migrate", "--verbosity", "0")
    _run(environment, "make_tape", tape, "--profile", "stress", "--events", str(_EVENTS))
    _run(environment, "import_snapshots", tape, "--recording", RECORDING)
    url, log = f"http://127.0.0.1:{free_port()}", folder / "serve.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--port", url.rpartition(":")[2]],
            cwd=PROJECT,
            env=environment,
            stdout=output,
            stderr=output,
        )
    try:
        _wait_for(f"{url}/healthz", process)
        found = _PASSWORD.search(log.read_text())
        assert found, log.read_text()
        yield House(url=url, username=found[1], password=found[2], environment=environment)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(120)


def _run(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=PROJECT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _STARTS_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(address, timeout=5):  # noqa: S310 - our own address
                return
        except URLError as error:
            if getattr(error, "code", None):  # it answers, if only that it is not well yet
                return
            time.sleep(0.2)
    raise AssertionError(f"nothing answers at {address}")
