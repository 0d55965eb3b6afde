"""Replay recorded books and print the report (the standard, section 12)."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from backtesting.console import print_reports
from backtesting.management.command_line import (
    add_config_arguments,
    add_source_arguments,
    failures_in_a_line,
    progress_bar,
    request_from,
)
from backtesting.replay import BacktestReport, trade_as_json
from backtesting.runner import ReplayRequest, load_events, prepare_engine, run_saved
from backtesting.sweeps.storage import enter_replay
from config.one_line import OneLineCommand
from config.whole_files import is_odd_target, written_whole

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(OneLineCommand):
    help = (
        "Replay recorded order books and say what triangular arbitrage would have made. From the "
        "database, or from a JSONL file with --file. Exit codes: 0 done, 1 the run failed, 2 bad "
        "usage, bad input or a refused run."
    )

    requires_system_checks = ()  # they load every page, and none is about what a replay needs

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_source_arguments(parser)
        parser.add_argument(
            "--fees-at", metavar="TIME", help="the time whose account rates are charged: the start"
        )
        add_config_arguments(parser)
        parser.add_argument("--trades", metavar="PATH", help="write the trade rows there as JSONL")
        parser.add_argument(
            "--json", action="store_true", help="print one JSON object on standard output"
        )
        parser.add_argument(
            "--save", action="store_true", help="keep the report: the dashboard lists it as a job"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with failures_in_a_line():
            request = request_from(options)
            target = None if options["trades"] is None else trades_path(options)
            report = run(request, save=options["save"])
            if target:
                write_trades(target, report)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), allow_nan=False))
        else:
            print_reports(Console(file=sys.stdout), [report], "Backtest")


def run(request: ReplayRequest, *, save: bool) -> BacktestReport:
    """Replay and return the report; with `save`, a completed job keeps it."""
    if not save:
        engine = prepare_engine(request, load_events(request))
        with progress_bar() as progress:
            report = engine.run(progress)
        enter_replay(report)
        return report
    if (
        request.file is not None and request.file != "-"
    ):  # a worker that repeats it starts in another folder
        request = replace(request, file=str(Path(request.file).resolve()))
    with progress_bar() as progress:
        number, report = run_saved(request, show=progress)
    print(f"Saved as job {number}.", file=sys.stderr)  # noqa: T201 - beside what is printed as JSON
    return report


def trades_path(options: dict[str, Any]) -> Path:
    """Return where the trade rows go; raise ValueError, before any work, where they cannot."""
    path = Path(options["trades"])
    if path.is_dir() or not path.parent.is_dir():
        raise ValueError(f"--trades {options['trades']!r} is no file in a folder that exists")
    if is_odd_target(path):
        raise ValueError(f"--trades {path} is there and no regular file; name another")
    sources = [options[name] for name in ("file", "pairings") if options[name]]
    if any(path.resolve() == Path(source).resolve() for source in sources):
        raise ValueError(f"--trades {path} would overwrite what is read; name another file")
    return path


def write_trades(path: Path, report: BacktestReport) -> None:
    """Write the trade rows as JSONL, whole or not at all."""
    with written_whole(path) as file:
        file.writelines(json.dumps(trade_as_json(row)).encode() + b"\n" for row in report.trades)
