"""Running a backtest from a request: the one road that command, page, job and test share.

request -> events -> rules and fees -> cycles -> engine -> report.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import connection

from backtesting.engine.balances import parse_balances as _parse_balances
from backtesting.replay import (
    AccountRates,
    BacktestConfig,
    BacktestReplayEngine,
    BacktestReport,
    EventStore,
    ReplayError,
    load_replay_events,
    load_replay_events_from_db,
)
from marketdata.models import MarketSnapshot
from marketdata.moments import from_us
from marketdata.selectors import account_fees_at
from pairings.cycles import CurrencyGraph, Cycle
from pairings.rules import PairingRules
from pairings.selectors import find_rules

__all__ = [
    "ReplayRequest",
    "_build_cycles_from_events",
    "_parse_balances",
    "find_pairing_rules",
    "load_events",
    "prepare_engine",
    "run_replay",
]

if TYPE_CHECKING:
    from datetime import datetime

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayRequest:
    """What to replay: a `file` ("-": standard input), or the database where it is None.

    `rules` are used in place of the stored pairings, and then no stored account is consulted.
    `balances` None: the design's starting balance.
    """

    config: BacktestConfig
    file: str | None = None
    skip_bad: bool = False
    symbols: tuple[str, ...] | None = None
    recordings: tuple[str, ...] | None = None
    start: datetime | None = None
    end: datetime | None = None
    balances: Mapping[str, float] | None = None
    rules: Mapping[str, PairingRules] | None = field(default=None, repr=False)


def run_replay(request: ReplayRequest, progress: Progress | None = None) -> BacktestReport:
    """Replay what is asked for and return the report.

    Raises ValueErrors (ReplayError, ConfigError, FeeError, CycleError, SelectionError,
    ImportRefused) that say in one line what is wrong and how to mend it.
    """
    return prepare_engine(request, load_events(request)).run(progress)


def load_events(request: ReplayRequest) -> EventStore:
    """Return the events a request asks for."""
    if request.file is not None:
        if request.recordings:
            raise ReplayError("--file and --recording name two sources; give one of them")
        return load_replay_events(
            request.file, request.symbols, request.start, request.end, skip_bad=request.skip_bad
        )
    if not _has_tables():
        raise ReplayError(
            "the database has no tables yet; run: python manage.py migrate, then import_snapshots"
        )
    return load_replay_events_from_db(
        request.symbols, request.start, request.end, request.recordings
    )


def prepare_engine(request: ReplayRequest, events: EventStore) -> BacktestReplayEngine:
    """Return the engine for a request over events that are loaded: rules, fees and cycles found."""
    rules = find_pairing_rules(events.symbols, request.rules)
    account = None if request.rules is not None else _account_rates(request, events)
    return BacktestReplayEngine(
        request.config,
        events,
        _build_cycles_from_events(events, rules, request.config),
        request.balances,
        rules=rules,
        account=account,
    )


def find_pairing_rules(
    symbols: tuple[str, ...], given: Mapping[str, PairingRules] | None = None
) -> dict[str, PairingRules]:
    """Return each symbol's rules: as given, else as stored, else taken from its own name."""
    known = dict(given or {})
    missing = [symbol for symbol in symbols if symbol not in known]
    if missing and _has_tables():
        known |= find_rules(missing)
    return {symbol: known.get(symbol) or PairingRules.from_symbol(symbol) for symbol in symbols}


def _build_cycles_from_events(
    events: EventStore, rules: Mapping[str, PairingRules], config: BacktestConfig
) -> tuple[Cycle, ...]:
    """Return the cycles of the events' universe in canonical order (the standard, section 2)."""
    return CurrencyGraph(rules[symbol] for symbol in events.symbols).cycles(config.starts)


def _account_rates(request: ReplayRequest, events: EventStore) -> AccountRates | None:
    """Return the account's rates as of the run's start; None where none is stored."""
    if not _has_tables():
        return None
    start = request.start or from_us(int(events.columns.time_us[0]))
    found = account_fees_at(start)
    if found is None:
        return None
    return AccountRates(general=found.general, by_symbol=found.by_symbol)


def _has_tables() -> bool:
    """Return whether the database has been migrated: a file can be replayed without it."""
    table: str = MarketSnapshot._meta.db_table  # noqa: SLF001 - Django's public way to the name
    return table in connection.introspection.table_names()
