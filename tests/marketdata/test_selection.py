"""What cannot be replayed as asked is refused, with what there is and the remedy."""

from __future__ import annotations

import pytest

from marketdata.selectors import SelectionError, load_columns
from tests.factories.marketdata import make_recording, one

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("start", "end", "refused"),
    [(None, None, True), (3, 5, True), (5, None, False), (None, 3, False)],
)
def test_an_overlap_on_a_symbol_within_the_window_is_refused(
    start: int | None,
    end: int | None,
    refused: bool,  # noqa: FBT001 - a test's parameter
) -> None:
    make_recording([one(1), one(2), one(3), one(4)], name="a")
    make_recording([one(3), one(9)], name="b")

    if refused:
        with pytest.raises(
            SelectionError, match=r"'a' and 'b' overlap in time on BTC/USD; .*--rec"
        ):
            load_columns(["BTC/USD"], start, end)
    else:
        assert len(load_columns(["BTC/USD"], start, end).recordings) == 1


def test_an_overlap_on_a_symbol_that_is_not_asked_for_does_not_matter() -> None:
    make_recording([one(1), one(9), one(9, "ETH/USD")], name="a")
    make_recording([one(3), one(9, "XRP/USD")], name="b")

    assert load_columns(["ETH/USD", "XRP/USD"]).recordings == ("a", "b")


@pytest.mark.parametrize(
    ("symbols", "recordings", "said"),
    [
        (["BTC/USD"], ["nope"], "there is no recording 'nope'; recorded are 'day' from 1970"),
        (["XRP/USD"], None, "no events of XRP/USD; recorded are 'day' from 1970-01-01 00:00:00"),
        ([], None, "no events of no symbol"),
        (["BTCUSD"], None, "BTCUSD' is not BASE/QUOTE"),
        (["BTC/USD", "BTC/USD"], None, "symbol BTC/USD is named twice"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_there_is(
    symbols: list[str], recordings: list[str] | None, said: str
) -> None:
    make_recording([one(1)], name="day")

    with pytest.raises(SelectionError, match=said):
        load_columns(symbols, recordings=recordings)


def test_a_window_without_events_is_refused_with_the_window() -> None:
    make_recording([one(1)], name="day")

    with pytest.raises(SelectionError, match=r"from 1970-01-01T00:00:00.000005\+00:00 before 19"):
        load_columns(["BTC/USD"], 5, 9)


def test_an_empty_database_says_what_to_do() -> None:
    with pytest.raises(SelectionError, match="nothing has been imported; run import_snapshots"):
        load_columns(["BTC/USD"])
