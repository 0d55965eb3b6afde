"""What the commands that replay have in common: options, progress, errors in a line."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError
from django.db import Error as DatabaseError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from backtesting.replay import BacktestConfig
from backtesting.runner import ReplayRequest, _parse_balances
from config.failures import database_words, one_line
from marketdata.importers.batches import ImportRefused
from pairings.kraken import read_rules_file

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Callable, Iterator


def add_config_arguments(parser: ArgumentParser) -> None:
    """Add what every replay takes, whatever its source."""
    parser.add_argument(
        "--skip-bad", action="store_true", help="leave out the file's invalid lines, counted"
    )
    parser.add_argument("--balances", metavar="USD=1000,BTC=0.1", help="starting balances")
    parser.add_argument(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="a parameter of the backtest, as JSON or text; may be repeated",
    )


def add_source_arguments(parser: ArgumentParser) -> None:
    """Add what says which events are replayed, and by which rules."""
    parser.add_argument("--file", metavar="PATH", help='JSONL, .gz or .zst; "-": standard input')
    parser.add_argument("--symbols", metavar="A/B,B/C", help="the universe, with commas")
    parser.add_argument(
        "--recording", metavar="NAME", action="append", help="a recording; may be repeated"
    )
    parser.add_argument("--start", metavar="TIME", help="first time, ISO 8601 with its zone")
    parser.add_argument("--end", metavar="TIME", help="the time before which it ends")
    parser.add_argument(
        "--pairings", metavar="FILE", help="rules of pairings, in place of the database's"
    )


def config_from(options: dict[str, Any]) -> BacktestConfig:
    """Return the config of the --set options; raise ValueError in one line for a bad one."""
    return BacktestConfig.from_values(_parameters(options["set"]))


def balances_from(options: dict[str, Any]) -> dict[str, float] | None:
    """Return the --balances, None where they are left out."""
    return None if options["balances"] is None else _parse_balances(options["balances"])


def request_from(options: dict[str, Any]) -> ReplayRequest:
    """Return what the command line asks for; raise ValueError in one line where it cannot be."""
    symbols, recordings = options["symbols"], options["recording"]
    start, end = _time("--start", options["start"]), _time("--end", options["end"])
    if start and end and start >= end:
        raise ValueError(f"--start {options['start']} is not before --end {options['end']}")
    return ReplayRequest(
        config=config_from(options),
        file=options["file"],
        skip_bad=options["skip_bad"],
        symbols=None if symbols is None else symbols_from("--symbols", symbols),
        recordings=tuple(recordings) if recordings else None,
        start=start,
        end=end,
        balances=balances_from(options),
        rules=None if options["pairings"] is None else read_rules_file(options["pairings"]),
        fees_at=_time("--fees-at", options.get("fees_at")),
    )


def symbols_from(option: str, text: str) -> tuple[str, ...]:
    """Return the symbols of an option, each of them once; raise ValueError for any other list."""
    symbols = tuple(symbol.strip() for symbol in text.split(","))
    if not any(symbols):
        raise ValueError(f"{option} is empty; name its symbols, such as BTC/USD,ETH/USD,ETH/BTC")
    if not all(symbols):
        raise ValueError(f"{option} {text!r} has an empty symbol; write one comma between two")
    twice = next((symbol for symbol in symbols if symbols.count(symbol) > 1), None)
    if twice is not None:
        raise ValueError(f"{option} names {twice} twice; name it once")
    return symbols


@contextmanager
def failures_in_a_line() -> Iterator[None]:
    """Turn what can go wrong into one line: exit code 2 for the request, 1 for the machine."""
    try:
        yield
    except ImportRefused as error:
        raise CommandError(one_line(error.with_remedy()), returncode=2) from error
    except (ValueError, OverflowError) as error:  # the latter: a date outside the calendar
        raise CommandError(one_line(error), returncode=2) from error
    except DatabaseError as error:
        raise CommandError(f"the run failed: {database_words(error)}", returncode=1) from error
    except (OSError, MemoryError) as error:
        raise CommandError(f"the run failed: {one_line(error)}", returncode=1) from error
    except KeyboardInterrupt:
        raise CommandError("interrupted: nothing was stored", returncode=1) from None


@contextmanager
def progress_bar(word: str = "replaying") -> Iterator[Callable[[int, int], None] | None]:
    """Give a callback that draws progress on standard error, None where nobody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    columns = (TextColumn(word), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(word)
        yield lambda done, total: bar.update(task, completed=done, total=total)


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
    try:
        return time.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{option} is {text!r}, outside the calendar in UTC") from None
