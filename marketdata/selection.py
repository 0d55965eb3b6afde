"""Which recordings a run replays, and where in the table their rows lie."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q

from marketdata.models import MarketSnapshot, Recording, RecordingCoverage
from marketdata.moments import EARLIEST_US, LATEST_US, shown_us, to_us
from marketdata.packing import CODEC
from pairings.rules import PairingError, split_symbol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SHOWN: Final = 8


class SelectionError(ValueError):
    """There is nothing to replay as asked; the message names what there is and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a recording holds of one asked symbol within the window; times in microseconds."""

    symbol: str
    events: int
    levels: int
    first_us: int
    last_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenRecording:
    """A recording that has events to replay, with the ids between which its rows lie.

    `is_whole`: the window leaves out none of its events.
    """

    id: int
    name: str
    created_us: int
    fingerprint: str
    stored: int
    rejected: int
    synthetic: bool
    first_id: int
    last_id: int
    is_whole: bool
    held: tuple[Held, ...]

    def is_every_symbol(self) -> bool:
        """Say whether the symbols that are asked for are all that it has."""
        return sum(row.events for row in self.held) == self.stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What to read: events of `symbols` with first_us <= time <= last_us, of these recordings."""

    symbols: tuple[str, ...]
    first_us: int
    last_us: int
    recordings: tuple[ChosenRecording, ...]

    def contents(self) -> dict[str, Any]:
        """Return all that decides what is read; another content never gives the same answer.

        A ready recording's rows never change, ids are never given twice in one database, and the
        time of making and the fingerprint tell the recordings of two databases apart.
        """
        return {
            "codec": CODEC,
            "symbols": list(self.symbols),
            "window": [self.first_us, self.last_us],
            "recordings": [
                [row.id, row.created_us, row.fingerprint, row.stored, row.first_id, row.last_id]
                for row in self.recordings
            ],
        }

    def fingerprint(self) -> str:
        """Return a name for the data that does not depend on where it is stored."""
        data = [
            self.symbols,
            self.first_us,
            self.last_us,
            sorted(row.fingerprint or f"recording {row.id}" for row in self.recordings),
        ]
        return hashlib.sha256(json.dumps(data).encode()).hexdigest()

    def asked(self) -> str:
        names = ", ".join(self.symbols[:_SHOWN]) + (" ..." if len(self.symbols) > _SHOWN else "")
        start = f" from {shown_us(self.first_us)}" if self.first_us > EARLIEST_US else ""
        end = f" before {shown_us(self.last_us + 1)}" if self.last_us < LATEST_US else ""
        return f"{names or 'no symbol'}{start}{end}"


def select(
    symbols: Sequence[str],
    start_us: int | None,
    end_us: int | None,
    recordings: Sequence[str] | None,
) -> Selection:
    """Return what a run reads; raise SelectionError where that is not clear."""
    _check_symbols(symbols)
    first_us = EARLIEST_US if start_us is None else max(start_us, EARLIEST_US)
    last_us = LATEST_US if end_us is None else min(end_us - 1, LATEST_US)
    chosen = [
        _chosen(recording, symbols, first_us, last_us) for recording in _candidates(recordings)
    ]
    used = tuple(recording for recording in chosen if recording is not None)
    _refuse_overlap(used)
    return Selection(symbols=tuple(symbols), first_us=first_us, last_us=last_us, recordings=used)


def describe_coverage() -> str:
    """Say in a line what could be replayed."""
    rows = Recording.objects.ready().order_by("first_at", "id")[: _SHOWN + 1]
    if not rows:
        return "nothing has been imported; run import_snapshots first"
    told = [
        f"{row.name!r}{' (synthetic, to be named)' if row.synthetic else ''} "
        f"from {row.first_at:%Y-%m-%d %H:%M:%S} to {row.last_at:%Y-%m-%d %H:%M:%S}"
        for row in rows[:_SHOWN]
    ]
    return f"recorded are {'; '.join(told)}{' and more' if len(rows) > _SHOWN else ''}"


def _check_symbols(symbols: Sequence[str]) -> None:
    for symbol in symbols:
        try:
            split_symbol(symbol)
        except PairingError as error:
            raise SelectionError(str(error)) from None
    if len(set(symbols)) < len(symbols):
        twice = next(symbol for symbol in symbols if list(symbols).count(symbol) > 1)
        raise SelectionError(f"symbol {twice} is named twice; name it once")


def _candidates(names: Sequence[str] | None) -> list[Recording]:
    """Return the recordings named, else all that are not synthetic, in order of storage."""
    if names is None:
        return list(Recording.objects.ready().filter(synthetic=False).order_by("id"))
    found = list(Recording.objects.ready().filter(name__in=names).order_by("id"))
    known = {recording.name for recording in found}
    if unknown := [name for name in names if name not in known]:
        raise SelectionError(f"there is no recording {unknown[0]!r}; {describe_coverage()}")
    return found


def _chosen(
    recording: Recording, symbols: Iterable[str], first_us: int, last_us: int
) -> ChosenRecording | None:
    """Return the recording with what it holds; None if it has nothing of what is asked."""
    held = tuple(
        Held(
            symbol=row.pairing_symbol,
            events=row.events,
            levels=row.levels,
            first_us=max(first_us, to_us(row.first_at)),
            last_us=min(last_us, to_us(row.last_at)),
        )
        for row in RecordingCoverage.objects.filter(
            Q(recording=recording), Q(pairing_symbol__in=list(symbols))
        ).order_by("pairing_symbol")
    )
    within = tuple(row for row in held if row.first_us <= row.last_us)
    # One at a time: together SQLite would go through all of them.
    rows = MarketSnapshot.objects.filter(recording=recording)
    first_id = rows.order_by("id").values_list("id", flat=True).first()
    last_id = rows.order_by("-id").values_list("id", flat=True).first()
    if not within or first_id is None or last_id is None:
        return None
    return ChosenRecording(
        id=recording.pk,
        name=recording.name,
        created_us=to_us(recording.created_at),
        fingerprint=recording.fingerprint,
        stored=recording.stored,
        rejected=recording.rejected,
        synthetic=recording.synthetic,
        first_id=first_id,
        last_id=last_id,
        is_whole=_is_whole(recording, first_us, last_us),
        held=within,
    )


def _is_whole(recording: Recording, first_us: int, last_us: int) -> bool:
    if recording.first_at is None or recording.last_at is None:
        return False
    return first_us <= to_us(recording.first_at) and to_us(recording.last_at) <= last_us


def _refuse_overlap(recordings: Sequence[ChosenRecording]) -> None:
    """Refuse two recordings whose times overlap on a symbol: either book could be in force."""
    spans = sorted(
        (
            (row.symbol, row.first_us, row.last_us, recording)
            for recording in recordings
            for row in recording.held
        ),
        key=lambda span: span[:3],
    )
    for (symbol, _, last_us, one), (other, first_us, _, two) in pairwise(spans):
        if symbol == other and first_us <= last_us:
            raise SelectionError(
                f"recordings {one.name!r} and {two.name!r} overlap in time on {symbol}; "
                f"name the one to replay with --recording"
            )
