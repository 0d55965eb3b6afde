"""From nothing to a report: make or take a recording, replay it under both fill models."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from django.utils.text import Truncator
from rich.console import Console

from backtesting.console import print_reports
from backtesting.inputs import find_stored_result
from backtesting.jobs import BacktestJobRepository
from backtesting.management.command_line import (
    add_config_arguments,
    balances_from,
    config_from,
    failures_in_a_line,
)
from backtesting.management.one_at_a_time import one_at_a_time
from backtesting.management.own_worker import OwnWorker
from backtesting.management.watching import wait_for
from backtesting.management.web import LOCAL_HOST, USUAL_PORT, check_address, port_number
from backtesting.people import FIRST_ADMIN, make_first_admin
from backtesting.runner import ReplayRequest
from backtesting.stored import stored_report
from config.commands import manage_command
from config.one_line import OneLineCommand
from marketdata.ingest import KnownContentError, import_recording
from marketdata.models import Recording
from marketdata.reading import open_reader
from marketdata.selectors import coverage
from marketdata.synthetic import TapeRequest, ledger_path, pairing_entries, write_recording
from pairings.kraken import parse_pairing_file
from pairings.loading import store_rows
from pairings.models import Pairing
from pairings.selectors import enabled_symbols

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Sequence

    from backtesting.models import BacktestJob

PROFILE = "stress"
_NAMES_SHOWN = 150  # characters, so that the name of a job fits


class Command(OneLineCommand):
    help = (
        "Show what this does: make a synthetic recording (or take your own with --file), import "
        "it, have a worker replay it under both fill models, and print both reports side by side."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--file", metavar="PATH", help="your own recording, JSONL (.gz, .zst)")
        add_config_arguments(parser)
        parser.add_argument("--serve", action="store_true", help="go on into the dashboard")
        parser.add_argument("--port", type=port_number, default=USUAL_PORT, help="of the dashboard")

    def handle(self, *args: Any, **options: Any) -> None:
        self._console = Console(file=sys.stdout)
        if options["serve"]:  # said at once, and not after minutes of work
            check_address(LOCAL_HOST, options["port"])
        with failures_in_a_line():
            config, balances = config_from(options), balances_from(options)
            self._say("Preparing the database ...")
            with one_at_a_time("migrate"):
                call_command("migrate", verbosity=0, interactive=False)
            path = options["file"]
            name = self._synthetic() if path is None else self._import(path, options)
            request = ReplayRequest(
                config=config,
                symbols=tuple(row.symbol for row in coverage([name])),
                recordings=(name,),
                balances=balances,
            )
            with OwnWorker() as worker:
                jobs = [self._job(request, model, worker) for model in ("modeled", "replayed")]
                reports = [stored_report(job) for job in jobs]
                print_reports(self._console, reports, "The same recording under both fill models")
        self._tell_what_next(name, request.symbols or (), synthetic=path is None)
        if options["serve"]:
            call_command("serve", port=options["port"])

    def _job(self, request: ReplayRequest, model: str, worker: OwnWorker) -> BacktestJob:
        """Return the completed job of the request under a fill model; it may be there already."""
        wanted = replace(request, config=replace(request.config, fill_model=model))
        if known := find_stored_result(wanted):
            self._say(f"The {model} fills were replayed before, as job {known.pk}.")
            return known
        names = Truncator(", ".join(request.recordings or ())).chars(_NAMES_SHOWN)
        job = BacktestJobRepository().submit(
            "replay", None, wanted.as_json(), name=f"{names}, {model} fills"
        )
        self._say(f"Replaying under {model} fills, as job {job.pk} ...")
        return wait_for(job, worker.see_to_it)

    def _synthetic(self) -> str:
        """Return the name of the demo's recording, made and imported where it is missing."""
        tape = TapeRequest(profile=PROFILE)
        folder = Path(settings.DATA_DIR) / "demo"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{tape.name}.jsonl"
        self._load_pairings(tape)
        known = Recording.objects.ready().filter(name=tape.name).first()
        if known and known.synthetic:
            self._say(f"Recording {known.name!r} is there already, {known.stored:,} events.")
            return known.name
        if not (path.exists() and ledger_path(path).exists()):
            self._say(f"Making a synthetic recording of the {PROFILE} profile ...")
            write_recording(tape, path, overwrite=True)
        return self._import(str(path), {"skip_bad": False})

    def _load_pairings(self, tape: TapeRequest) -> None:
        """Store the rules of the tape's pairings where none are known; yours stay as they are."""
        rows = parse_pairing_file(json.dumps(pairing_entries(tape.rules()))).rows
        known = set(Pairing.objects.filter(inferred=False).values_list("symbol", flat=True))
        missing = [row for row in rows if row.symbol not in known]
        if missing:
            store_rows(missing, enable=True, taken_at=timezone.now())

    def _import(self, path: str, options: dict[str, Any]) -> str:
        """Return the name of the recording that holds the file, imported where it is missing."""
        self._say(f"Importing {Path(path).name} ...")
        try:
            with open_reader(path, skip_bad=options["skip_bad"]) as reader:
                summary = import_recording(reader, default_name=Path(path).stem, source=path)
        except KnownContentError as known:
            self._say(f"It is there already, as recording {known.recording!r}.")
            return known.recording
        self._say(f"Stored {summary.stored:,} events as recording {summary.recording!r}.")
        return summary.recording

    def _say(self, words: str) -> None:
        self._console.print(words, style="dim", highlight=False)

    def _tell_what_next(self, name: str, symbols: Sequence[str], *, synthetic: bool) -> None:
        command = ["replay", "--recording", name, "--set", "fill_model=replayed"]
        if set(enabled_symbols()) - set(symbols):  # of other recordings; their fees may be unknown
            command += ["--symbols", ",".join(symbols)]
        replay = manage_command(*command)
        next_steps = {
            "another parameter": f"{replay} --set execution_latency_ms=2",
            "your own recording": manage_command("demo", "--file", "PATH"),
            "the dashboard": f"{manage_command('serve')}, then http://127.0.0.1:8000/",
        }
        if synthetic:
            tape = Path(settings.DATA_DIR) / "demo" / f"{name}.jsonl"
            next_steps["the planted truth"] = str(ledger_path(tape))
        self._console.print("\nWhat next", style="bold")
        for words, step in next_steps.items():
            self._console.print(f"  {words + ':':<20}{step}", highlight=False, soft_wrap=True)
        if password := make_first_admin():
            self._console.print(
                f"\nMade the first user of the dashboard: {FIRST_ADMIN}, password {password} "
                "(shown this once)",
                highlight=False,
                soft_wrap=True,
            )
