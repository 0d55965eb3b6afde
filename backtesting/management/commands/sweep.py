"""Search parameters on a train window and judge them on a test window (the standard, 10 and 12)."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from rich.console import Console

from backtesting.inputs import has_tables
from backtesting.management.command_line import (
    add_config_arguments,
    add_source_arguments,
    failures_in_a_line,
    progress_bar,
)
from backtesting.management.sweep_options import add_sweep_arguments, sweep_request_from
from backtesting.sweep import run_parameter_search
from backtesting.sweeps.console import print_sweep
from backtesting.sweeps.files import write_artifacts
from backtesting.sweeps.runner import prepare_sweep, run_saved_sweep, usable_cores
from backtesting.sweeps.storage import enter_sweep, trial_history
from config.one_line import OneLineCommand

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from backtesting.sweep import SweepArtifacts
    from backtesting.sweeps.requests import SweepRequest


class Command(OneLineCommand):
    help = (
        "Replay a grid of parameter sets on a train and a test window, and say which of them "
        "deserve trust. Without an axis the grid is the one set of --set. Exit codes: 0 done, 1 "
        "the run failed, 2 bad usage, bad input or a refused run."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_source_arguments(parser)
        add_config_arguments(parser)
        add_sweep_arguments(parser)
        parser.add_argument(
            "--json", action="store_true", help="print one JSON object on standard output"
        )
        parser.add_argument(
            "--save", action="store_true", help="keep the sweep: the dashboard lists it as a job"
        )
        parser.add_argument("--out", metavar="DIR", help="write the artifacts there as files")

    def handle(self, *args: Any, **options: Any) -> None:
        with failures_in_a_line():
            request = sweep_request_from(options)
            folder = _folder(options["out"])
            artifacts = run(request, save=options["save"])
            if folder is not None:
                paths = write_artifacts(artifacts, folder)
                print(f"Wrote {', '.join(map(str, paths))}.", file=sys.stderr)  # noqa: T201 - beside JSON
        if options["json"]:
            self.stdout.write(json.dumps(artifacts.as_json(), allow_nan=False))
        else:
            print_sweep(Console(file=sys.stdout), artifacts)


def run(request: SweepRequest, *, save: bool) -> SweepArtifacts:
    """Sweep and return the artifacts; with `save`, a completed job keeps them."""
    if save:
        with progress_bar("sweeping") as progress:
            number, artifacts = run_saved_sweep(with_whole_path(request), show=progress)
        print(f"Saved as job {number}.", file=sys.stderr)  # noqa: T201 - beside JSON
        return artifacts
    plan = prepare_sweep(request, settings.SWEEP_MAX_SETS_STAFF)
    history = trial_history(plan) if has_tables() else None
    with progress_bar("sweeping") as progress:
        artifacts = run_parameter_search(
            plan, threads=usable_cores(), history=history, progress=progress
        )
    enter_sweep(artifacts)
    return artifacts


def with_whole_path(request: SweepRequest) -> SweepRequest:
    """Return the request as a worker in another folder could repeat it."""
    file = request.replay.file
    if file is None or file == "-":
        return request
    return replace(request, replay=replace(request.replay, file=str(Path(file).resolve())))


def _folder(out: str | None) -> Path | None:
    """Return the folder of --out, made before the work is done that it is for."""
    if out is None:
        return None
    if not out:
        raise ValueError("--out is empty; name a folder, such as results")
    folder = Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"--out {out} cannot be made: {error.strerror}; name another") from error
    return folder
