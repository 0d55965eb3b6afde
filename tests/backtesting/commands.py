"""Run the backtesting layer's commands in this process, and small recordings to give them."""

from __future__ import annotations

import gzip
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import zstandard
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.factories.marketdata import START_US
from tests.marketdata.tapes import write_jsonl
from tests.tapes import MS, top, triangle

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pytest

    from tests.backtesting.engine.twin.market import Event

FREE = ("--set", "fee_profile=zero")
# 3040 USD are bid for an ETH that costs 3000 over BTC: 1.33 %, for half a second.
TAPE: list[Event] = [
    *triangle(eth_usd=(3040.0, 3040.5)),
    top("ETH/USD", 2999.0, 3000.5, t=500 * MS),
    *triangle(1000 * MS),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a command ended: `code` as a shell sees it, `refusal` the line on standard error."""

    code: int
    out: str
    refusal: str

    def json(self) -> dict[str, Any]:
        """Return the one JSON object that standard output must hold."""
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value


def run_command(capsys: pytest.CaptureFixture[str], name: str, *arguments: str) -> Outcome:
    """Run a command; what it writes to standard output may come from it or from rich."""
    written = io.StringIO()
    code, refusal = 0, ""
    try:
        call_command(name, *arguments, stdout=written)
    except CommandError as error:
        code, refusal = error.returncode, str(error)
    return Outcome(code=code, out=written.getvalue() + capsys.readouterr().out, refusal=refusal)


def write_tape(path: Path, events: Sequence[Event] = (), **options: Any) -> str:
    """Write events (by default TAPE) as a JSONL recording that starts in 2026; return its path."""
    rows = [
        (START_US + event["t"], event["symbol"], event["bids"], event["asks"])
        for event in events or TAPE
    ]
    return str(write_jsonl(path, rows, **options))


def pack(path: str, ending: str) -> str:
    """Return the path of a packed copy."""
    with open(path, "rb") as file:  # noqa: PTH123 - a path as the command takes it
        data = file.read()
    packed = gzip.compress(data) if ending == ".gz" else zstandard.compress(data)
    with open(path + ending, "wb") as file:  # noqa: PTH123
        file.write(packed)
    return path + ending
