"""The dashboard and its worker together, until Ctrl-C."""

from __future__ import annotations

import ipaddress
import signal
import time
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from backtesting.management.children import WORKER
from backtesting.management.kept import KeptChild
from backtesting.management.one_at_a_time import one_at_a_time
from backtesting.management.own_worker import WORKER_GRACE_S
from backtesting.management.web import (
    LOCAL_HOST,
    USUAL_PORT,
    check_address,
    port_number,
    web_command,
)
from backtesting.people import FIRST_ADMIN, make_first_admin
from config.one_line import OneLineCommand

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Callable, Sequence
    from types import FrameType

# Time for open answers to end.
_WEB_GRACE_S: Final = 5.0
_LOOK_S: Final = 0.1


class Command(OneLineCommand):
    help = "Run the dashboard and a worker together; one Ctrl-C stops both in order."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=LOCAL_HOST, help="address to listen on")
        parser.add_argument(
            "--port", type=port_number, default=USUAL_PORT, help="port to listen on"
        )
        parser.add_argument(
            "--no-worker", action="store_true", help="the dashboard alone; workers run elsewhere"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.DEBUG and not _is_this_machine(options["host"]):
            words = f"--host {options['host']} is reached by others; unset BACKTEST_DEBUG first"
            raise CommandError(words, returncode=2)
        if not options["host"]:
            raise CommandError("--host is empty; write an address such as 127.0.0.1", returncode=2)
        check_address(options["host"], options["port"])
        with one_at_a_time("migrate"):
            call_command("migrate", verbosity=0, interactive=False)
            call_command("collectstatic", verbosity=0, interactive=False)
        self._welcome(options)
        children = _Children(options["host"], options["port"], has_worker=not options["no_worker"])
        children.run(self.stderr.write)

    def _welcome(self, options: dict[str, Any]) -> None:
        password = make_first_admin()
        if password:
            self.stderr.write(
                f"Made the first user: {FIRST_ADMIN}, password {password} (shown this once)"
            )
        if not _is_this_machine(options["host"]):
            names = ", ".join(settings.ALLOWED_HOSTS)
            self.stderr.write(f"It answers to the names in ALLOWED_HOSTS alone: {names}")
        host = f"[{options['host']}]" if ":" in options["host"] else options["host"]
        self.stderr.write(f"Dashboard: http://{host}:{options['port']}/  Ctrl-C stops")


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Children:
    """The web server and the worker's supervisor, each the head of a group of its own."""

    def __init__(self, host: str, port: int, *, has_worker: bool) -> None:
        self._commands: dict[str, tuple[Sequence[str], float]] = {
            "web server": (web_command(host, port), _WEB_GRACE_S),
        }
        if has_worker:
            self._commands["worker"] = (WORKER, WORKER_GRACE_S)
        self._running: dict[str, KeptChild] = {}
        self._is_stopping = False

    def run(self, tell: Callable[[str], object]) -> None:
        """Start both and keep them running; where one cannot be kept, end the other and say so."""
        for stop in (signal.SIGINT, signal.SIGTERM):
            signal.signal(stop, self._ask_to_stop)
        try:
            for name, (command, grace_s) in self._commands.items():
                self._running[name] = KeptChild(command, grace_s)
            lost = self._keep(tell)
        finally:
            for child in self._running.values():  # the web server first
                child.stop()
        if lost:
            raise CommandError(f"the {lost} ends by itself; its own words are above")

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._is_stopping = True

    def _keep(self, tell: Callable[[str], object]) -> str | None:
        """Return the name of one that cannot be kept running; None when told to stop."""
        while not self._is_stopping:
            for name, child in self._running.items():
                if not child.has_ended() or self._is_stopping:
                    continue
                if not child.start_anew():
                    return name
                tell(f"The {name} was lost and is started anew.")
            time.sleep(_LOOK_S)
        return None
