"""What a replay rests on beside its events: rules and fees, and a name for all of it together."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from django.db import connection

from backtesting.engine.fees import AccountRates, resolve_fees
from backtesting.jobs import BacktestJobRepository
from backtesting.versions import code_version
from marketdata.models import MarketSnapshot
from marketdata.moments import from_us, to_us
from marketdata.selection import select
from marketdata.selectors import account_fees_at
from pairings.cycles import CurrencyGraph
from pairings.rules import PairingError, PairingRules
from pairings.selectors import enabled_symbols, find_rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from backtesting.engine.config import BacktestConfig
    from backtesting.models import BacktestJob, BacktestJobQuerySet
    from backtesting.requests import ReplayRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayInputs:
    """Rules by symbol, and the account's rates as of the run's start; None: none are stored."""

    rules: Mapping[str, PairingRules]
    account: AccountRates | None

    def fingerprint(self, data: str) -> str:
        """Return a name for all that a report rests on but the request; `data`: the events'."""
        account = self.account and [self.account.general, dict(self.account.by_symbol)]
        rules = [asdict(self.rules[symbol]) for symbol in sorted(self.rules)]
        text = json.dumps([data, rules, account], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """What a request will replay: no recording where there is nothing, or it reads a file.

    `most_events`: fewer are within a time range. `job` has computed the same before. `without_fee`
    are symbols that would be traded and have no fee, for which the run would be refused.
    """

    recordings: tuple[str, ...] = ()
    symbols: int = 0
    most_events: int = 0
    job: BacktestJob | None = None
    without_fee: tuple[str, ...] = ()


def find_inputs(request: ReplayRequest, symbols: Sequence[str], first_us: int) -> ReplayInputs:
    """Return the inputs for events of these symbols, the first of them at `first_us`."""
    fees_at = request.fees_at or request.start or from_us(first_us)
    return ReplayInputs(
        rules=find_pairing_rules(symbols, request.rules),
        account=None if request.rules is not None else _account_rates(fees_at),
    )


def find_pairing_rules(
    symbols: Sequence[str], given: Mapping[str, PairingRules] | None = None
) -> dict[str, PairingRules]:
    """Return each symbol's rules: as given, else as stored, else taken from its own name."""
    known = dict(given or {})
    missing = [symbol for symbol in symbols if symbol not in known]
    if missing and has_tables():
        known |= find_rules(missing)
    return {symbol: known.get(symbol) or PairingRules.from_symbol(symbol) for symbol in symbols}


def find_stored_result(
    request: ReplayRequest, among: BacktestJobQuerySet | None = None
) -> BacktestJob | None:
    """Return the job that has computed this before, from the same data by the same code.

    None where there is none, or where it would take reading a file to know. Of the jobs `among`,
    which are those a user may see; all where None. Raises SelectionError as `foresee` does.
    """
    return foresee(request, among).job


def foresee(request: ReplayRequest, among: BacktestJobQuerySet | None = None) -> Foresight:
    """Return what a request will replay, before anything is read.

    Raises SelectionError where that is not clear.
    """
    if request.file is not None:
        return Foresight()
    symbols = request.symbols or enabled_symbols()
    start = None if request.start is None else to_us(request.start)
    end = None if request.end is None else to_us(request.end)
    chosen = select(symbols, start, end, request.recordings)
    held = [held for recording in chosen.recordings for held in recording.held]
    if not held:
        return Foresight()
    inputs = find_inputs(request, symbols, min(one.first_us for one in held))
    fingerprint = inputs.fingerprint(chosen.fingerprint())
    return Foresight(
        recordings=tuple(recording.name for recording in chosen.recordings),
        symbols=len({one.symbol for one in held}),
        most_events=sum(one.events for one in held),
        job=BacktestJobRepository().find_result(
            request.as_json(), fingerprint, code_version(), among
        ),
        without_fee=_without_fee(request.config, inputs),
    )


def _without_fee(config: BacktestConfig, inputs: ReplayInputs) -> tuple[str, ...]:
    rules = inputs.rules.values()
    priced = resolve_fees(config, rules, inputs.account, traded=())
    missing = [symbol for symbol in inputs.rules if symbol not in priced]
    if not missing:
        return ()
    try:
        cycles = CurrencyGraph(rules).cycles(config.starts)
    except PairingError:  # the run will say so
        return ()
    traded = {leg.symbol for cycle in cycles for leg in cycle.legs}
    return tuple(symbol for symbol in missing if symbol in traded)


def has_tables() -> bool:
    """Return whether the database has been migrated: a file can be replayed without it."""
    table: str = MarketSnapshot._meta.db_table  # noqa: SLF001 - Django's public way to the name
    return table in connection.introspection.table_names()


def _account_rates(start: datetime) -> AccountRates | None:
    if not has_tables():
        return None
    found = account_fees_at(start)
    if found is None:
        return None
    return AccountRates(general=found.general, by_symbol=found.by_symbol)
