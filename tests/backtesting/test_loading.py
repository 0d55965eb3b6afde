"""Events to replay, from a file or the database; a recording's own word for what it is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from backtesting.replay import ReplayError, load_replay_events, load_replay_events_from_db
from marketdata.importers.batches import ImportRefused
from marketdata.moments import from_us
from marketdata.selectors import SelectionError
from tests.backtesting.commands import TAPE, write_tape
from tests.factories.marketdata import START_US, make_recording
from tests.factories.pairings import PairingFactory
from tests.tapes import top

if TYPE_CHECKING:
    from pathlib import Path

    from tests.factories.marketdata import Event

SYMBOLS = ("BTC/USD", "ETH/BTC", "ETH/USD")
START = from_us(START_US)
STORED: list[Event] = [
    (START_US + event["t"], event["symbol"], event["bids"], event["asks"]) for event in TAPE
]


def test_a_file_gives_the_same_events_as_it_holds(tmp_path: Path) -> None:
    store = load_replay_events(write_tape(tmp_path / "t.jsonl"))

    assert store.symbols == SYMBOLS
    assert [(event.occurred_at - START) // timedelta(microseconds=1) for event in store] == [
        event["t"] for event in TAPE
    ]
    assert [list(event.bids) for event in store] == [event["bids"] for event in TAPE]
    assert len(store.fingerprint) == 64


def test_named_symbols_are_the_universe_with_or_without_events(tmp_path: Path) -> None:
    path = write_tape(tmp_path / "t.jsonl", [*TAPE, top("XRP/USD", 1.0, 2.0, t=2_000_000)])

    store = load_replay_events(path, ["XRP/USD", "BTC/USD"], end=START + timedelta(seconds=1))

    assert store.symbols == ("BTC/USD", "XRP/USD")
    assert [event.symbol for event in store] == ["BTC/USD"]


def test_a_named_symbol_that_the_file_lacks_is_in_the_universe(tmp_path: Path) -> None:
    store = load_replay_events(write_tape(tmp_path / "t.jsonl"), [*SYMBOLS, "XRP/USD"])

    assert store.symbols == (*SYMBOLS, "XRP/USD")
    assert len(store) == len(TAPE)


def test_without_named_symbols_those_without_events_are_left_out(tmp_path: Path) -> None:
    path = write_tape(tmp_path / "t.jsonl")

    store = load_replay_events(path, start=START + timedelta(seconds=1))

    assert len(store) == 3


def test_an_invalid_line_outside_the_window_counts_too(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    write_tape(path)
    path.write_text(path.read_text() + "{nope\n")

    with pytest.raises(ImportRefused, match="line 8"):
        load_replay_events(path, end=START + timedelta(seconds=1))
    store = load_replay_events(path, end=START + timedelta(seconds=1), skip_bad=True)

    assert (len(store), store.rejected_events) == (4, 1)


def test_a_header_says_in_so_many_words_that_its_books_are_real(tmp_path: Path) -> None:
    found = {}
    for said in (False, "yes"):
        path = write_tape(tmp_path / "t.jsonl", header={"name": "n", "synthetic": said})
        store = load_replay_events(path)
        found[said] = (store.is_synthetic, store.recordings)

    assert found == {False: (False, ("n",)), "yes": (True, ("n",))}


@pytest.mark.django_db
def test_the_enabled_pairings_are_the_databases_universe() -> None:
    make_recording(STORED, name="monday", refused={"crossed": 3})
    PairingFactory(symbol="ADA/USD", enabled=True)

    store = load_replay_events_from_db()

    # An import makes what is missing as enabled pairings.
    assert store.symbols == ("ADA/USD", *SYMBOLS)
    assert (len(store), store.rejected_events, store.recordings) == (7, 3, ("monday",))


@pytest.mark.django_db
def test_a_synthetic_recording_is_replayed_only_if_it_is_named() -> None:
    make_recording(STORED, name="made", header={"recording": {"name": "made", "synthetic": True}})

    with pytest.raises(SelectionError, match=r"'made' \(synthetic, to be named\)"):
        load_replay_events_from_db(SYMBOLS)

    assert load_replay_events_from_db(SYMBOLS, recordings=["made"]).is_synthetic


@pytest.mark.django_db
def test_recordings_that_overlap_on_a_symbol_are_refused_by_name() -> None:
    make_recording(STORED, name="one")
    make_recording(STORED[2:], name="two")

    with pytest.raises(SelectionError, match="'one' and 'two' overlap in time on BTC/USD"):
        load_replay_events_from_db(SYMBOLS)

    assert len(load_replay_events_from_db(SYMBOLS, recordings=["two"])) == 5


@pytest.mark.django_db
def test_without_enabled_pairings_the_remedies_are_named() -> None:
    with pytest.raises(ReplayError, match=r"no pairing is enabled.*load_pairings --enable"):
        load_replay_events_from_db()


@pytest.mark.django_db
def test_times_of_the_database_are_cut_as_those_of_a_file_are(tmp_path: Path) -> None:
    make_recording(STORED, name="monday")
    start, end = START + timedelta(microseconds=1), START + timedelta(seconds=1)

    stored = load_replay_events_from_db(SYMBOLS, start, end)
    from_file = load_replay_events(write_tape(tmp_path / "t.jsonl"), SYMBOLS, start, end)

    assert list(stored) == list(from_file)
    assert len(stored) == 1
