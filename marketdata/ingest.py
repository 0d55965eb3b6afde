"""Books to rows, in bulk: a recording is whole and visible, or it is not there.

Rows are stored in short transactions under a recording in state `importing`, which no reader sees;
the last transaction counts what came, makes the pairings that are missing and turns the recording
`ready`. Whatever goes wrong before takes rows and recording away again; what a killed process
leaves is invisible and is swept by the next import.
"""

from __future__ import annotations

import contextlib
import itertools
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db import IntegrityError, connection, transaction

from marketdata import staging
from marketdata.blocks import BlockWriter
from marketdata.headers import RecordingHeader, storable
from marketdata.models import MAX_NAME_LENGTH, Recording, RecordingCoverage
from marketdata.moments import from_us
from marketdata.tally import SymbolTally
from pairings.selectors import ensure_inferred

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from marketdata.blocks import BookReader, ImportProgress

# Control characters, and the separators of lines and paragraphs.
_CONTROL: Final = frozenset({"Cc", "Zl", "Zp"})
_NAMED: Final = "{!r} is no name for a recording, it holds a line break or a control character"


class IngestError(ValueError):
    """What was to be imported cannot become a recording; the message names the remedy."""


class KnownContentError(IngestError):
    """The content was imported before, as `recording`."""

    def __init__(self, message: str, *, recording: str) -> None:
        super().__init__(message)
        self.recording = recording


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSummary:
    recording: str
    stored: int
    refused: dict[str, int]
    first: datetime
    last: datetime


def import_recording(
    reader: BookReader,
    *,
    name: str | None = None,
    default_name: str = "recording",
    source: str = "",
    format_name: str = "jsonl",
    progress: Callable[[ImportProgress], None] | None = None,
    allow_duplicate: bool = False,
) -> ImportSummary:
    """Store all that the reader yields as one recording, all or nothing.

    Without `name` it is called as the source's header says, else `default_name`, with a number
    behind it where that is taken. Raises IngestError for a name that is taken, content that was
    imported before (unless `allow_duplicate`) and a source without events; what the reader or
    `progress` raises passes through. In each of these cases nothing stays behind.
    """
    staging.sweep()
    if name is not None:
        _check_name(name)
    batches = iter(reader)
    first = next(batches, None)
    if first is None:
        raise _nothing_in(source)
    header = RecordingHeader.of(reader.header)
    chosen = name if name is not None else _free_name(header.name or default_name, source)
    with _staged(chosen, source=source, format_name=format_name) as recording:
        tally = SymbolTally()
        writer = BlockWriter(recording, reader, progress)
        for batch in itertools.chain([first], batches):
            tally.add(reader.symbols, batch)
            writer.write(batch)
        if not tally.events:
            raise _nothing_in(source)
        _refresh_statistics()
        return _finish(recording, reader, tally, allow_duplicate=allow_duplicate)


def refuse_known_content(fingerprint: str) -> None:
    """Raise KnownContentError if a ready recording holds this very content."""
    known = Recording.objects.ready().filter(fingerprint=fingerprint).order_by("id").first()
    if fingerprint and known:
        raise KnownContentError(
            f"the same content was imported on {known.created_at:%Y-%m-%d %H:%M} UTC as recording "
            f"{known.name!r}; use that, or give --again to import it once more",
            recording=known.name,
        )


def _nothing_in(source: str) -> IngestError:
    return IngestError(f"{source or 'the source'} holds no valid event; nothing was imported")


def _check_name(name: str) -> None:
    if _has_control_characters(name):
        raise IngestError(f"{_NAMED.format(name[:60])}; give another name")
    if not name.strip() or len(name) > MAX_NAME_LENGTH or storable(name) != name:
        raise IngestError(
            f"{name[:60]!r} is no name for a recording; give 1 to {MAX_NAME_LENGTH} characters"
        )
    if taken := Recording.objects.filter(name=name).first():
        raise IngestError(_taken(taken))


def _taken(recording: Recording) -> str:
    doing = "" if recording.is_ready() else " (it is being imported right now)"
    return (
        f"there is a recording {recording.name!r} already{doing}; choose another name with "
        "--recording NAME"
    )


def _has_control_characters(name: str) -> bool:
    """Say whether the name would break the line it is shown in, or act on a terminal."""
    return any(unicodedata.category(sign) in _CONTROL for sign in name)


def _free_name(wanted: str, source: str) -> str:
    """Return the name, with a number behind it where that is taken."""
    if _has_control_characters(wanted):
        raise IngestError(
            f"{source or 'the source'} would be called so: {_NAMED.format(wanted[:60])}; "
            "choose another name with --recording NAME, or mend that of the header or the file"
        )
    stem = storable(wanted).strip()[: MAX_NAME_LENGTH - 8] or "recording"
    taken = set(Recording.objects.filter(name__startswith=stem).values_list("name", flat=True))
    numbered = (f"{stem}-{number}" for number in itertools.count(2))
    return next(name for name in itertools.chain([stem], numbered) if name not in taken)


@contextlib.contextmanager
def _staged(name: str, *, source: str, format_name: str) -> Iterator[Recording]:
    """Stage under a name that another import may take at this very moment."""
    with contextlib.ExitStack() as stack:
        try:
            staging_area = staging.staged(
                name, source=storable(source)[-1000:], format_name=format_name
            )
            recording = stack.enter_context(staging_area)
        except IntegrityError:
            raise IngestError(
                f"there is a recording {name!r} already; choose another name with --recording NAME"
            ) from None
        yield recording


def _finish(
    recording: Recording, reader: BookReader, tally: SymbolTally, *, allow_duplicate: bool
) -> ImportSummary:
    """Make the recording ready, with all that belongs to it, in one transaction."""
    header = RecordingHeader.of(reader.header)
    refused = {code: int(count) for code, count in sorted(reader.refused.items())}
    first, last = from_us(tally.first_us), from_us(tally.last_us)
    with transaction.atomic():
        if connection.vendor == "postgresql":
            # Two imports of one content at once: the second waits, then sees the first.
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE marketdata_recording IN SHARE ROW EXCLUSIVE MODE")
        if not allow_duplicate:
            refuse_known_content(reader.fingerprint)
        staging.confirm(recording, added=0)
        ensure_inferred(tally.symbols())
        RecordingCoverage.objects.bulk_create(_coverage(recording, tally))
        Recording.objects.filter(pk=recording.pk).update(
            state=Recording.State.READY,
            synthetic=header.synthetic,
            stored=tally.events,
            refused=refused,
            rejected=sum(refused.values()),
            first_at=first,
            last_at=last,
            fingerprint=reader.fingerprint,
            bytes=reader.bytes_read,
            note=header.note,
            owner="",
        )
    return ImportSummary(
        recording=recording.name, stored=tally.events, refused=refused, first=first, last=last
    )


def _coverage(recording: Recording, tally: SymbolTally) -> list[RecordingCoverage]:
    return [
        RecordingCoverage(
            recording=recording,
            pairing_symbol=row.symbol,
            events=row.events,
            levels=row.levels,
            first_at=from_us(row.first_us),
            last_at=from_us(row.last_us),
        )
        for row in tally.rows()
    ]


def _refresh_statistics() -> None:
    """Let PostgreSQL see at once what came in: until it does, it reads by the wrong index."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE market_snapshots")
