"""The parameter sets that people have promoted, for whoever runs the strategy."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from backtesting.management.command_line import failures_in_a_line
from backtesting.models import Promotion
from backtesting.sweeps.promotions import as_json
from config.one_line import OneLineCommand

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Sequence


class Command(OneLineCommand):
    help = "List the promoted parameter sets, newest first; withdrawn ones are left out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--json", action="store_true", help="print one JSON object on standard output"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with failures_in_a_line():
            standing = Promotion.objects.filter(withdrawn_at=None).order_by("-at", "-id")
            found = [as_json(promotion) for promotion in standing]
        if options["json"]:
            self.stdout.write(json.dumps({"promoted": found}, allow_nan=False))
        else:
            print_promoted(Console(file=sys.stdout), found)


def print_promoted(console: Console, found: Sequence[dict[str, Any]]) -> None:
    """Print promotions as a table, a row each."""
    if not found:
        console.print("Nothing is promoted.")
        return
    table = Table(title="Promoted sets", title_justify="left", show_edge=False, pad_edge=False)
    for name in ("job", "set", "theta", "capital", "fills", "symbols"):
        table.add_column(name, justify="right")
    for name in ("verdict then", "by", "at", "note"):
        table.add_column(name, overflow="fold")
    for one in found:
        table.add_row(*_row(one))
    console.print(table, highlight=False)


def _row(one: dict[str, Any]) -> list[str]:
    config = one["config"]
    verdict = "ready" if one["was_ready"] else "neither"
    return [
        str(one["job"]),
        str(one["index"]),
        f"{config['min_profit_threshold']:g}",
        f"{config['trade_capital']:g} {config['quote_asset']}",
        config["fill_model"],
        str(len(one["universe"])),
        "robust" if one["was_robust"] else verdict,
        one["by"],
        one["at"][:19],
        one["note"],
    ]
