"""Replay recorded books and print the report (the standard, section 12)."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from backtesting.console import print_reports
from backtesting.replay import BacktestConfig, BacktestReport, trade_as_json
from backtesting.runner import ReplayRequest, _parse_balances, load_events, prepare_engine
from pairings.kraken import read_rules_file

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Callable, Iterator


class Command(BaseCommand):
    help = (
        "Replay recorded order books and say what triangular arbitrage would have made. From the "
        "database, or from a JSONL file with --file. Exit codes: 0 done, 1 the run failed, 2 bad "
        "usage, bad input or a refused run."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--file", metavar="PATH", help='JSONL, .gz or .zst; "-": standard input')
        parser.add_argument(
            "--skip-bad", action="store_true", help="leave out the file's invalid lines, counted"
        )
        parser.add_argument("--symbols", metavar="A/B,B/C", help="the universe, with commas")
        parser.add_argument(
            "--recording", metavar="NAME", action="append", help="a recording; may be repeated"
        )
        parser.add_argument("--start", metavar="TIME", help="first time, ISO 8601 with its zone")
        parser.add_argument("--end", metavar="TIME", help="the time before which it ends")
        parser.add_argument("--balances", metavar="USD=1000,BTC=0.1", help="starting balances")
        parser.add_argument(
            "--set",
            metavar="NAME=VALUE",
            action="append",
            default=[],
            help="a parameter of the backtest, as JSON or text; may be repeated",
        )
        parser.add_argument(
            "--pairings", metavar="FILE", help="rules of pairings, in place of the database's"
        )
        parser.add_argument("--trades", metavar="PATH", help="write the trade rows there as JSONL")
        parser.add_argument(
            "--json", action="store_true", help="print one JSON object on standard output"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with failures_in_a_line():
            request = request_from(options)
            events = load_events(request)
            engine = prepare_engine(request, events)
            with progress_bar(sys.stderr.isatty()) as progress:
                report = engine.run(progress)
            if options["trades"]:
                write_trades(Path(options["trades"]), report)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), allow_nan=False))
        else:
            print_reports(Console(file=sys.stdout), [report], "Backtest")


def request_from(options: dict[str, Any]) -> ReplayRequest:
    """Return what the command line asks for; raise ValueError in one line where it cannot be."""
    symbols, recordings = options["symbols"], options["recording"]
    return ReplayRequest(
        config=BacktestConfig.from_values(_parameters(options["set"])),
        file=options["file"],
        skip_bad=options["skip_bad"],
        symbols=tuple(_symbols(symbols)) if symbols is not None else None,
        recordings=tuple(recordings) if recordings else None,
        start=_time("--start", options["start"]),
        end=_time("--end", options["end"]),
        balances=_parse_balances(options["balances"]) if options["balances"] is not None else None,
        rules=read_rules_file(options["pairings"]) if options["pairings"] else None,
    )


@contextmanager
def failures_in_a_line() -> Iterator[None]:
    """Turn what can go wrong into one line: exit code 2 for the request, 1 for the machine."""
    try:
        yield
    except ValueError as error:
        raise CommandError(" ".join(str(error).split()), returncode=2) from error
    except (DatabaseError, OSError, MemoryError) as error:
        words = " ".join(str(error).split()) or type(error).__name__
        raise CommandError(f"the run failed: {words}", returncode=1) from error
    except KeyboardInterrupt:
        raise CommandError("interrupted: nothing was stored", returncode=1) from None


@contextmanager
def progress_bar(wanted: bool) -> Iterator[Callable[[int, int], None] | None]:  # noqa: FBT001 - yes or no is all there is
    """Give a callback that draws progress on standard error, None where nobody watches."""
    if not wanted:
        yield None
        return
    columns = (TextColumn("replaying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("replaying")
        yield lambda done, total: bar.update(task, completed=done, total=total)


def write_trades(path: Path, report: BacktestReport) -> None:
    """Write the trade rows as JSONL, whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with draft.open("w") as file:
            file.writelines(json.dumps(trade_as_json(row)) + "\n" for row in report.trades)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _parameters(settings: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for setting in settings:
        name, separator, written = setting.partition("=")
        name = name.strip()
        if not (name and separator):
            raise ValueError(f"--set {setting!r} is not NAME=VALUE; write trade_capital=250")
        if name in values:
            raise ValueError(f"--set {name} is given twice; give it once")
        try:
            values[name] = json.loads(written)
        except (ValueError, RecursionError):
            values[name] = written
    return values


def _symbols(text: str) -> list[str]:
    symbols = [symbol.strip() for symbol in text.split(",") if symbol.strip()]
    if not symbols:
        raise ValueError("--symbols is empty; write symbols with commas, such as BTC/USD,ETH/USD")
    return symbols


def _time(option: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{option} is {text!r}; write ISO 8601 with a zone, such as 2026-03-01T12:00:00Z"
        ) from None
    if time.tzinfo is None:
        raise ValueError(f"{option} is {text!r}, without a zone; add one, such as {text}Z")
    return time
