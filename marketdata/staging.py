"""Imports under way: who owns them, how they show signs of life, how their rows are taken away.

A recording is `importing` while its rows arrive and invisible to every reader. Each short
transaction that adds rows first confirms, in the same transaction, that the recording is still
its own; whoever takes a recording away first makes it `failed`, likewise. The row of the recording
is the lock between the two, so that no row can outlive its recording.
"""

from __future__ import annotations

import contextlib
import os
import socket
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from marketdata.models import MarketSnapshot, Recording, RecordingCoverage

if TYPE_CHECKING:
    from collections.abc import Iterator

SILENCE: Final = timedelta(minutes=1)
# About a quarter of a second a transaction: other writers wait for no longer.
REMOVED_AT_ONCE: Final = 20_000


class ImportLostError(RuntimeError):
    """The recording was taken away while its rows were still arriving."""


@contextlib.contextmanager
def staged(name: str, *, source: str, format_name: str) -> Iterator[Recording]:
    """Yield a new recording in state `importing`; take it away again unless it has become ready."""
    with transaction.atomic():
        recording = Recording.objects.create(
            name=name, source=source, format=format_name, owner=this_process()
        )
    try:
        yield recording
    finally:
        # If the database itself has gone, the next import sweeps up.
        with contextlib.suppress(DatabaseError):
            if claim(recording, to_state=Recording.State.FAILED):
                remove_rows(recording)


def claim(recording: Recording, *, to_state: Recording.State) -> bool:
    """Move a recording from `importing` on to `to_state`; False if it is not importing any more."""
    importing = Recording.objects.filter(pk=recording.pk, state=Recording.State.IMPORTING)
    return importing.update(state=to_state) == 1


def confirm(recording: Recording, *, added: int) -> None:
    """Show a sign of life and count rows; call first in the transaction that adds them.

    Raises ImportLostError if the recording has been taken away.
    """
    importing = Recording.objects.filter(pk=recording.pk, state=Recording.State.IMPORTING)
    if importing.update(updated_at=timezone.now(), stored=F("stored") + added) != 1:
        raise ImportLostError(
            f"recording {recording.name!r} was removed while it was being imported; import it again"
        )


def remove_recording(recording: Recording) -> None:
    """Take a recording and its rows away: invisible at once, then gone in short transactions."""
    Recording.objects.filter(pk=recording.pk).update(state=Recording.State.FAILED)
    remove_rows(recording)


def remove_rows(recording: Recording) -> None:
    """Delete a `failed` recording, its rows first, a few at a time."""
    rows = MarketSnapshot.objects.filter(recording_id=recording.pk)
    last = REMOVED_AT_ONCE - 1
    while ends := list(rows.order_by("id").values_list("id", flat=True)[last : last + 1]):
        with transaction.atomic():
            rows.filter(id__lte=ends[0]).delete()
    with transaction.atomic():
        rows.delete()
    with transaction.atomic():
        RecordingCoverage.objects.filter(recording_id=recording.pk).delete()
        Recording.objects.filter(pk=recording.pk, state=Recording.State.FAILED).delete()


def sweep() -> list[str]:
    """Take away what imports that died have left behind; return the names of the recordings."""
    left = [recording for recording in Recording.objects.unfinished() if is_abandoned(recording)]
    for recording in left:
        remove_recording(recording)
    return [recording.name for recording in left]


def is_abandoned(recording: Recording) -> bool:
    """Say whether nobody works on an unfinished recording any more.

    On this machine its process decides, even where a slow source keeps it silent; of another
    machine's only the silence can be known.
    """
    silent = timezone.now() - recording.updated_at > SILENCE
    if recording.state == Recording.State.FAILED:
        return True
    machine, _, process = recording.owner.partition(" ")
    number = process.partition("@")[0]
    if machine != socket.gethostname() or not number.isdecimal():
        return silent
    return process != _process(int(number))


def this_process() -> str:
    """Return the machine and process that an import belongs to."""
    return f"{socket.gethostname()} {_process(os.getpid())}"


def _process(pid: int) -> str:
    """Return `pid@start`; empty if there is no such process.

    The start tells a process from a later one with its number; where the system does not give it,
    the number has to do.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass  # it is there, and somebody else's
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return f"{pid}@"
    return "" if after_name[0] == "Z" else f"{pid}@{after_name[19]}"
