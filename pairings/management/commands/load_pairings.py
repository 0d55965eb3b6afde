"""Load pairings from Kraken's answers or our own JSON list."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError
from django.db import DatabaseError
from django.utils import timezone

from config.failures import database_words
from config.one_line import OneLineCommand
from pairings.cycles import CurrencyGraph, CycleError
from pairings.kraken import read_pairing_file
from pairings.loading import LoadOutcome, store_rows
from pairings.models import Pairing
from pairings.rules import PairingError
from pairings.strict_json import source_name

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from pairings.rows import PairingFile

_SHOWN = 10


class Command(OneLineCommand):
    help = (
        "Load pairings from Kraken's AssetPairs answer, an instrument snapshot of its WebSocket v2 "
        "or a JSON list of {symbol, base, quote, lot_decimals, order_min, cost_min, taker_fee}. "
        "New pairings come in disabled; known ones get the new rules and stay enabled or disabled."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help='the file; "-" is standard input')
        parser.add_argument(
            "--enable", action="store_true", help="enable all pairings of the file that are online"
        )
        parser.add_argument(
            "--json", action="store_true", help="print one JSON object on standard output"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            file = _read(options["file"])
        except PairingError as error:
            raise CommandError(str(error), returncode=2) from None
        try:
            outcome = store_rows(
                file.rows, enable=options["enable"], taken_at=file.taken_at or timezone.now()
            )
        except DatabaseError as error:
            raise CommandError(
                f"nothing was changed: {database_words(error)}", returncode=1
            ) from error
        triangles, conflict = _triangles()
        if options["json"]:
            self.stdout.write(json.dumps(_summary(file, outcome, triangles, conflict)))
        else:
            self.stdout.write("\n".join(_words(file, outcome, triangles)))
        if conflict:
            self.stderr.write(f"The enabled pairings cannot be replayed together: {conflict}.")


def _read(source: str) -> PairingFile:
    file = read_pairing_file(source)
    if not file.rows:
        left_out = f" ({_skips(file)} skipped)" if file.skipped else ""
        raise PairingError(
            f"{source_name(source)}: holds no pairing to load{left_out}; nothing was changed"
        )
    return file


def _triangles() -> tuple[int | None, str]:
    """Return the triangles of the enabled pairings; None and why where no graph can be made."""
    try:
        return len(CurrencyGraph(Pairing.objects.enabled()).triangles()), ""
    except CycleError as error:
        return None, str(error)


def _summary(
    file: PairingFile, outcome: LoadOutcome, triangles: int | None, conflict: str
) -> dict[str, Any]:
    return {
        "new": len(outcome.new),
        "updated": len(outcome.updated),
        "unchanged": len(outcome.unchanged),
        "not_online": len(outcome.not_online),
        "skipped": dict(sorted(file.skipped.items())),
        "enabled": Pairing.objects.enabled().count(),
        "triangles": triangles,
        "conflict": conflict or None,
    }


def _words(file: PairingFile, outcome: LoadOutcome, triangles: int | None) -> list[str]:
    enabled = Pairing.objects.enabled().count()
    counts = f"{len(outcome.new)} new, {len(outcome.updated)} updated"
    lines = [f"Pairings read: {len(file.rows)} ({counts}, {len(outcome.unchanged)} unchanged)."]
    if file.skipped:
        lines.append(f"Skipped: {_skips(file)}.")
    if outcome.not_online:
        rest = ", ..." if len(outcome.not_online) > _SHOWN else ""
        names = ", ".join(outcome.not_online[:_SHOWN])
        lines.append(f"Not online, so never enabled by a load: {names}{rest}.")
    formed = "" if triangles is None else f"; triangles they form: {triangles}"
    lines.append(f"Enabled now: {enabled}{formed}.")
    if not enabled:
        lines.append("Enable pairings in the admin, or load again with --enable.")
    return lines


def _skips(file: PairingFile) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in sorted(file.skipped.items()))
