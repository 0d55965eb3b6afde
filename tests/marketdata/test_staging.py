"""What an import leaves behind when it dies, and who may take it away."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from marketdata import staging
from marketdata.ingest import import_recording
from marketdata.models import MarketSnapshot, Recording, RecordingCoverage
from tests.factories.marketdata import ListReader, make_recording, random_events

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(minutes=2)


def left_behind(*, owner: str, silent_for: timedelta) -> Recording:
    """Return a recording as an import that got half way leaves it."""
    recording = make_recording(random_events(30))
    RecordingCoverage.objects.all().delete()
    Recording.objects.update(
        state=Recording.State.IMPORTING, owner=owner, updated_at=timezone.now() - silent_for
    )
    return recording


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def owners() -> dict[str, str]:
    here = socket.gethostname()
    return {
        "this process": staging.this_process(),
        "a dead process": f"{here} {dead_process()}@1",
        "an earlier process of this number": f"{here} {os.getpid()}@another-start",
        "nonsense": f"{here} nonsense",
        "another machine": "another-machine 1@1",
        "nobody": "",
    }


@pytest.mark.parametrize(
    ("owner", "silent_for", "is_swept"),
    [
        ("this process", timedelta(0), False),
        ("this process", LONG_AGO, False),
        ("a dead process", timedelta(0), True),
        ("an earlier process of this number", timedelta(0), True),
        ("nonsense", timedelta(0), False),
        ("nonsense", LONG_AGO, True),
        ("another machine", timedelta(seconds=30), False),
        ("another machine", LONG_AGO, True),
        ("nobody", timedelta(0), False),
        ("nobody", LONG_AGO, True),
    ],
)
def test_an_import_is_swept_when_nobody_works_on_it_any_more(
    owner: str,
    silent_for: timedelta,
    is_swept: bool,  # noqa: FBT001 - a test's parameter
) -> None:
    recording = left_behind(owner=owners()[owner], silent_for=silent_for)

    swept = staging.sweep()

    assert swept == ([recording.name] if is_swept else [])
    assert MarketSnapshot.objects.count() == (0 if is_swept else 30)


def test_the_next_import_sweeps_and_may_take_the_name() -> None:
    recording = left_behind(owner="another-machine 1@1", silent_for=LONG_AGO)

    import_recording(ListReader(random_events(10)), name=recording.name)

    assert MarketSnapshot.objects.count() == Recording.objects.get().stored == 10


def test_what_failed_to_go_away_is_swept_later() -> None:
    recording = make_recording(random_events(10))
    Recording.objects.update(state=Recording.State.FAILED)

    assert staging.sweep() == [recording.name]
    assert not Recording.objects.exists()


@pytest.mark.parametrize("rows_at_once", [1, 7, 30, 31, 1000])
def test_removal_takes_all_of_one_recording_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, rows_at_once: int
) -> None:
    monkeypatch.setattr(staging, "REMOVED_AT_ONCE", rows_at_once)
    kept, gone = make_recording(random_events(20)), make_recording(random_events(30))

    staging.remove_recording(gone)

    assert list(Recording.objects.all()) == [kept]
    assert MarketSnapshot.objects.count() == 20
    assert set(RecordingCoverage.objects.values_list("recording", flat=True)) == {kept.pk}
