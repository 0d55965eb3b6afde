"""What others ask of the stored books: columns to replay, what there is, what the account pays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from marketdata.cache import ReplayCache
from marketdata.gathering import gather
from marketdata.models import AccountSnapshot, RecordingCoverage
from marketdata.selection import Selection, SelectionError, describe_coverage, select

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from marketdata.columns import BookColumns

__all__ = [
    "AccountBalances",
    "AccountFees",
    "CoverageRow",
    "LoadedBooks",
    "SelectionError",
    "account_balances",
    "account_fees_at",
    "coverage",
    "load_columns",
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoadedBooks:
    """The events of a run, of which recordings, and how many invalid entries these had.

    `synthetic` if any of the recordings is. `fingerprint` names the data: the same events of the
    same recordings have the same one.
    """

    columns: BookColumns
    recordings: tuple[str, ...]
    rejected_events: int
    synthetic: bool
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRow:
    recording: str
    synthetic: bool
    symbol: str
    events: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBalances:
    taken_at: datetime
    by_asset: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFees:
    """The account's taker fees as fractions; `general` is None where only pairs have a rate."""

    taken_at: datetime
    general: float | None
    by_symbol: Mapping[str, float]

    def taker(self, symbol: str) -> float | None:
        """Return the fee of a pairing: its own, else the general one; None if neither is known."""
        return self.by_symbol.get(symbol, self.general)


def load_columns(
    symbols: Sequence[str],
    start_us: int | None = None,
    end_us: int | None = None,
    recordings: Sequence[str] | None = None,
) -> LoadedBooks:
    """Return the events of these symbols with start <= time < end, in replay order.

    Times in microseconds since 1970, None for no bound; of the recordings named, else of all that
    are not synthetic. Raises SelectionError where a recording does not exist, two overlap on a
    symbol, or there is no event.
    """
    selection = select(symbols, start_us, end_us, recordings)
    cache = ReplayCache(
        root=Path(settings.REPLAY_CACHE_DIR), max_bytes=settings.REPLAY_CACHE_MAX_BYTES
    )
    contents = selection.contents()
    columns = cache.load(contents, selection.symbols)
    if columns is None:
        columns = gather(selection)
        # A recording that was taken away while it was read has left us with a part of it.
        if select(symbols, start_us, end_us, recordings).contents() != contents:
            raise SelectionError("the recordings changed while they were read; start the run again")
        if len(columns) and cache.store(contents, columns):
            # What is mapped need not stay in memory.
            columns = cache.load(contents, selection.symbols) or columns
    if not len(columns):
        raise _nothing_found(selection)
    return LoadedBooks(
        columns=columns,
        recordings=tuple(recording.name for recording in selection.recordings),
        rejected_events=sum(recording.rejected for recording in selection.recordings),
        synthetic=any(recording.synthetic for recording in selection.recordings),
        fingerprint=selection.fingerprint(),
    )


def coverage(recordings: Sequence[str] | None = None) -> list[CoverageRow]:
    """Return what the ready recordings hold, by recording and symbol; counted at their import."""
    rows = RecordingCoverage.objects.ready().select_related("recording")
    if recordings is not None:
        rows = rows.filter(recording__name__in=recordings)
    return [
        CoverageRow(
            recording=row.recording.name,
            synthetic=row.recording.synthetic,
            symbol=row.pairing_symbol,
            events=row.events,
            first_at=row.first_at,
            last_at=row.last_at,
        )
        for row in rows.order_by("recording__first_at", "recording_id", "pairing_symbol")
    ]


def account_fees_at(run_start: datetime) -> AccountFees | None:
    """Return the account's fees as of a run's start; None where no account snapshot is stored.

    The latest snapshot at or before the start, else the earliest after it (the standard, 8).
    """
    before = AccountSnapshot.objects.filter(taken_at__lte=run_start).order_by("taken_at", "id")
    after = AccountSnapshot.objects.filter(taken_at__gt=run_start).order_by("taken_at", "id")
    found = before.last() or after.first()
    if found is None:
        return None
    return AccountFees(
        taken_at=found.taken_at,
        general=found.taker_rate,
        by_symbol={symbol: float(rate) for symbol, rate in found.pair_rates.items()},
    )


def account_balances() -> AccountBalances | None:
    """Return what the account holds by its latest snapshot; None where no balance is stored."""
    found = AccountSnapshot.objects.order_by("taken_at", "id").last()
    if found is None or not found.balances:
        return None
    return AccountBalances(
        taken_at=found.taken_at,
        by_asset={asset: float(amount) for asset, amount in sorted(found.balances.items())},
    )


def _nothing_found(selection: Selection) -> SelectionError:
    return SelectionError(f"no events of {selection.asked()}; {describe_coverage()}")
