"""Measure how fast everything is: `python -m tests.benchmarks [--json] [--events N] [--only NAME]`.

Tapes and databases are made for it and gone afterwards. The databases are SQLite files, or new
ones on the PostgreSQL server that DATABASE_URL names, or on a throw-away server with --postgres
(which need not reach the disk). Takes a few minutes.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from typing import TYPE_CHECKING

from rich.console import Console

from tests.benchmarks.figures import FIGURES, NAMES, Figure, Value
from tests.benchmarks.table import figures_table
from tests.benchmarks.workbench import BenchmarkError, Workbench
from tests.postgres import throwaway_server

if TYPE_CHECKING:
    from collections.abc import Sequence

_DEFAULT_EVENTS = 1_000_000
_LEAST_EVENTS = 1_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures asked for; return 0, or 1 where a command that is measured failed."""
    asked = _parser().parse_args(arguments)
    figures = [
        figure
        for figure in FIGURES
        if (figure.name in asked.only if asked.only else not figure.only_when_named)
    ]
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(throwaway_server()) if asked.postgres else _named_server()
        bench = stack.enter_context(Workbench(asked.events, server, once=asked.once))
        try:
            values = _measure(figures, bench)
        except BenchmarkError as error:
            print(error, file=sys.stderr)  # noqa: T201 - a command line
            return 1
    if asked.json:
        print(json.dumps(values))  # noqa: T201 - a command line
        return 0
    load = os.getloadavg()[0]
    Console().print(figures_table(values, events=asked.events, server=server, load=load))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--events", type=_events, default=_DEFAULT_EVENTS, metavar="N", help="events of every tape"
    )
    parser.add_argument(
        "--only", nargs="+", choices=NAMES, metavar="NAME", help=f"of: {', '.join(NAMES)}"
    )
    parser.add_argument("--once", action="store_true", help="no best of several: a quick look")
    parser.add_argument("--postgres", action="store_true", help="on a throw-away server")
    return parser


def _events(text: str) -> int:
    events = int(text)
    if events < _LEAST_EVENTS:
        raise argparse.ArgumentTypeError(f"{events} is too short a tape; {_LEAST_EVENTS} at least")
    return events


def _named_server() -> str | None:
    url = os.environ.get("DATABASE_URL", "")
    return url if url.startswith(("postgres://", "postgresql://")) else None


def _measure(figures: Sequence[Figure], bench: Workbench) -> dict[str, Value]:
    """Return the figures' values by name, telling on a terminal which one is at work."""
    values: dict[str, Value] = {}
    console = Console(stderr=True)
    with console.status("") as status:
        for figure in figures:
            status.update(f"measuring {figure.name}")
            values[figure.name] = figure.measure(bench)
    return values


if __name__ == "__main__":
    sys.exit(main())
