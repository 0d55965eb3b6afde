"""Import recorded order books."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError
from django.db import Error as DatabaseError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from config.failures import database_words, one_line
from config.one_line import OneLineCommand
from marketdata.importers.batches import ImportRefused
from marketdata.ingest import ImportSummary, IngestError, import_recording, refuse_known_content
from marketdata.models import Recording
from marketdata.reading import STANDARD_INPUT, ReaderDiedError, open_reader
from marketdata.staging import ImportLostError

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Callable, Iterator

    from marketdata.blocks import ImportProgress

_PACKED_SUFFIXES = (".gz", ".zst")


class Command(OneLineCommand):
    help = (
        "Import recorded order books, each PATH as a recording of its own, all or nothing. JSONL, "
        "one event a line, plain or packed (.gz, .zst). Pairings that are missing are made."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", metavar="PATH", nargs="+", help='"-" is standard input')
        parser.add_argument(
            "--recording",
            metavar="NAME",
            help="name of the recording; by default its own or PATH's",
        )
        parser.add_argument(
            "--skip-bad", action="store_true", help="leave out invalid lines and count them"
        )
        parser.add_argument(
            "--again", action="store_true", help="import even what has been imported before"
        )
        parser.add_argument(
            "--json", action="store_true", help="print one JSON object a PATH on standard output"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        paths: list[str] = options["paths"]
        if options["recording"] is not None and len(paths) > 1:
            raise CommandError(
                f"--recording names one recording, but there are {len(paths)} paths; "
                "import them one by one",
                returncode=2,
            )
        for path in paths:
            with _failures_in_a_line(path):
                summary = self._import(path, options)
            self._tell(path, summary, as_json=options["json"])

    def _import(self, path: str, options: dict[str, Any]) -> ImportSummary:
        if not options["again"]:
            _refuse_known_file(path)
        with (
            open_reader(path, skip_bad=options["skip_bad"]) as reader,
            _progress_bar(path) as progress,
        ):
            return import_recording(
                reader,
                name=options["recording"],
                default_name=_default_name(path),
                source=path,
                progress=progress,
                allow_duplicate=options["again"],
            )

    def _tell(self, path: str, summary: ImportSummary, *, as_json: bool) -> None:
        if summary.last > timezone.now():
            self.stderr.write(
                f"{path}: the last event, {summary.last.isoformat()}, lies in the future; was the "
                "clock of whoever recorded it wrong? It is kept and replayed as it stands",
                self.style.WARNING,
            )
        if as_json:
            self.stdout.write(json.dumps(_plain(summary)))
            return
        refused = ", ".join(f"{count:,} {code}" for code, count in summary.refused.items())
        self.stderr.write(
            f"{path}: stored {summary.stored:,} events as recording {summary.recording!r}, "
            f"{summary.first.isoformat()} to {summary.last.isoformat()}; "
            f"refused: {refused or 'none'}",
            self.style.SUCCESS,
        )


def _plain(summary: ImportSummary) -> dict[str, Any]:
    return {
        "recording": summary.recording,
        "stored": summary.stored,
        "refused": summary.refused,
        "first": summary.first.isoformat(timespec="microseconds"),
        "last": summary.last.isoformat(timespec="microseconds"),
    }


@contextlib.contextmanager
def _failures_in_a_line(path: str) -> Iterator[None]:
    """Turn what can go wrong into one line and an exit code: 2 for the input, 1 for the rest."""
    try:
        yield
    except ImportRefused as error:
        raise CommandError(one_line(error.with_remedy()), returncode=2) from None
    except IngestError as error:
        raise CommandError(one_line(error), returncode=2) from None
    except DatabaseError as error:
        raise _not_imported(path, database_words(error)) from None
    except (ReaderDiedError, ImportLostError, OSError) as error:
        raise _not_imported(path, one_line(error)) from None
    except KeyboardInterrupt:
        raise CommandError(f"interrupted: nothing of {path} was kept", returncode=1) from None


def _not_imported(path: str, words: str) -> CommandError:
    return CommandError(f"{path} was not imported, nothing of it was kept: {words}", returncode=1)


def _default_name(path: str) -> str:
    """Return the name of a file without folders and endings; "stdin" for standard input."""
    if path == STANDARD_INPUT:
        return "stdin"
    name = Path(path).name
    for suffix in _PACKED_SUFFIXES:
        name = name.removesuffix(suffix)
    return Path(name).stem or name


def _refuse_known_file(path: str) -> None:
    """Raise IngestError for a plain file that is in the database, before any work is done on it.

    Only where the size is that of a recording is the file read for it.
    """
    file = Path(path)
    if not file.is_file() or file.suffix in _PACKED_SUFFIXES:
        return
    if not Recording.objects.ready().filter(bytes=file.stat().st_size).exists():
        return
    with file.open("rb") as text:
        refuse_known_content(hashlib.file_digest(text, "sha256").hexdigest())


@contextlib.contextmanager
def _progress_bar(path: str) -> Iterator[Callable[[ImportProgress], None] | None]:
    """Yield what moves a bar on standard error; None where that is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[stored]:,} events"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(path, total=None, stored=0)

        def move(progress: ImportProgress) -> None:
            bar.update(
                task,
                total=progress.bytes_total,
                completed=progress.bytes_read,
                stored=progress.stored,
            )

        yield move
