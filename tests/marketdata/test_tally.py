"""Counts by symbol, over batches, against counting by hand."""

from __future__ import annotations

import pytest

from marketdata.tally import SymbolCount, SymbolTally
from tests.factories.marketdata import Event, ListReader, random_events


def count_by_hand(events: list[Event], symbol: str) -> SymbolCount:
    own = [event for event in events if event[1] == symbol]
    return SymbolCount(
        symbol=symbol,
        events=len(own),
        levels=sum(len(event[2]) + len(event[3]) for event in own),
        first_us=own[0][0],
        last_us=own[-1][0],
    )


def counted(reader: ListReader) -> SymbolTally:
    tally = SymbolTally()
    for part in reader:
        tally.add(reader.symbols, part)
    return tally


@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_it_counts_as_one_would_by_hand(batch: int) -> None:
    events = random_events(200)
    reader = ListReader(events, batch=batch)

    tally = counted(reader)

    assert tally.rows() == [count_by_hand(events, symbol) for symbol in reader.symbols]
    assert (tally.events, tally.first_us, tally.last_us) == (200, events[0][0], events[-1][0])


@pytest.mark.parametrize("batch", [1, 2])
def test_a_reader_whose_times_go_back_is_stopped(batch: int) -> None:
    reader = ListReader([(5, "A/B", [], []), (4, "A/B", [], [])], batch=batch)

    with pytest.raises(ValueError, match="times go back"):
        counted(reader)
