"""Make a synthetic recording to try the rest on, and the ledger of what is planted in it."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from config.commands import manage_command
from config.one_line import OneLineCommand
from config.typed_numbers import typed_whole
from marketdata.moments import from_us
from marketdata.synthetic import (
    DEFAULT_EVENTS,
    DEFAULT_PAIRINGS,
    DEFAULT_START,
    PROFILES,
    SyntheticError,
    TapeRequest,
    WrittenRecording,
    write_recording,
)

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(OneLineCommand):
    help = (
        "Write a SYNTHETIC recording: order books made up after real ones, with arbitrage planted "
        "in them, and beside it a ledger of what was planted. Its first line, its recording and "
        "every report of it say that it is synthetic. The same options give the same bytes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", metavar="PATH", help="ends in .jsonl, .jsonl.gz or .jsonl.zst")
        parser.add_argument(
            "--profile", default="stress", help=f"{', '.join(PROFILES)} (default: %(default)s)"
        )
        parser.add_argument("--events", default=DEFAULT_EVENTS, help="how many (%(default)s)")
        parser.add_argument("--pairs", default=DEFAULT_PAIRINGS, help="how many (%(default)s)")
        parser.add_argument("--seed", default=0, help="another seed, another tape (%(default)s)")
        parser.add_argument(
            "--start", default=DEFAULT_START, help="first time, ISO 8601 with a zone (%(default)s)"
        )
        parser.add_argument(
            "--faults", action="store_true", help="add gaps, a silent book, empty sides, dust"
        )
        parser.add_argument("--force", action="store_true", help="overwrite PATH and its ledger")
        parser.add_argument(
            "--json", action="store_true", help="print one JSON object on standard output"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            request = _request(options)
            written = _write(request, Path(options["path"]), overwrite=options["force"])
        except SyntheticError as error:
            raise CommandError(str(error), returncode=2) from None
        except OSError as error:
            raise CommandError(f"{options['path']} could not be written: {error}") from None
        if options["json"]:
            self.stdout.write(json.dumps(_summary(request, written)))
        else:
            self.stdout.write(_words(request, written))


def _request(options: dict[str, Any]) -> TapeRequest:
    return TapeRequest(
        profile=options["profile"],
        events=_whole("--events", options["events"]),
        pairs=_whole("--pairs", options["pairs"]),
        seed=_whole("--seed", options["seed"]),
        start=_time("--start", options["start"]),
        has_faults=options["faults"],
    )


def _whole(name: str, value: str | int) -> int:
    number = value if isinstance(value, int) else typed_whole(value)
    if number is None:
        raise SyntheticError(f"{name} was {value!a}; it must be a whole number")
    return number


def _time(name: str, value: str | datetime) -> datetime:
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise SyntheticError(
            f"{name} was {value!a}; it must be ISO 8601 such as {DEFAULT_START.isoformat()}"
        ) from None


def _write(request: TapeRequest, path: Path, *, overwrite: bool) -> WrittenRecording:
    columns = (
        TextColumn("making a synthetic tape"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    console = Console(file=sys.stderr)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=request.events)
        return write_recording(
            request,
            path,
            overwrite=overwrite,
            progress=lambda count: progress.advance(task, count),
        )


def _summary(request: TapeRequest, written: WrittenRecording) -> dict[str, Any]:
    return {
        **request.header()["recording"],
        "path": str(written.path),
        "ledger": str(written.ledger_path),
        "dislocations": written.dislocations,
        "first": from_us(written.first_us).isoformat(),
        "last": from_us(written.last_us).isoformat(),
    }


def _words(request: TapeRequest, written: WrittenRecording) -> str:
    hours = (written.last_us - written.first_us) / 3.6e9
    limit = PROFILES[request.profile].limit_bps
    return (
        f"SYNTHETIC recording {request.name}: {written.path}\n"
        f"{written.events:,} events of {request.pairs} pairings over {hours:.2f} hours. "
        f"Nobody ever traded these books.\n"
        f"{written.dislocations} planted dislocations, all gross edges above {limit:g} bps, "
        f"are listed in {written.ledger_path}\n"
        f"Next: {manage_command('import_snapshots', str(written.path))}"
    )
