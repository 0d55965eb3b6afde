"""Work on the queued jobs until told to stop (backtesting.supervisor has the rules)."""

from __future__ import annotations

import os
import signal
from argparse import SUPPRESS
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from backtesting.inputs import has_tables
from backtesting.queue import run_cluster
from backtesting.supervisor import SUPERVISOR_VARIABLE, Supervisor
from config.commands import manage_command
from config.one_line import OneLineCommand

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(OneLineCommand):
    help = (
        "Work on queued jobs until SIGTERM or Ctrl-C, which put the running job back. Heals lost "
        "messages, dead and hung workers. Several may run on one database."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        # What it starts itself, and what dies with it.
        parser.add_argument("part", nargs="?", choices=["cluster"], help=SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["part"]:
            run_cluster(int(os.environ.get(SUPERVISOR_VARIABLE, "0")))
            return
        if not has_tables():
            raise CommandError(
                f"the database has no tables yet; run: {manage_command('migrate')}", returncode=2
            )
        supervisor = Supervisor()
        signal.signal(signal.SIGTERM, supervisor.stop)
        signal.signal(signal.SIGINT, supervisor.stop)
        self.stderr.write("The worker is at work; Ctrl-C stops it.", self.style.SUCCESS)
        supervisor.run()
        self.stderr.write("The worker has stopped.", self.style.SUCCESS)
