"""A synthetic tape's books behave as the measured ones do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from marketdata.synthetic import PROFILES, make_recording
from tests.marketdata.synthetic.looks import every_look

if TYPE_CHECKING:
    from marketdata.synthetic import SyntheticTape


def books_of(tape: SyntheticTape, symbol: str) -> np.ndarray:
    """Return (k, 20, 2): a symbol's whole books, all events of it having ten levels a side."""
    mine = np.flatnonzero(tape.symbol == tape.symbols.index(symbol))
    books: np.ndarray = tape.levels.reshape(-1, 20, 2)[mine]
    return books


@pytest.mark.parametrize("profile", PROFILES)
def test_an_eighth_of_all_events_share_the_time_before(profile: str) -> None:
    tape = make_recording(profile, 60_000)

    assert np.mean(np.diff(tape.time_us) == 0) == pytest.approx(0.12, abs=0.01)


@pytest.mark.parametrize("profile", PROFILES)
def test_most_events_leave_the_touch_alone(profile: str) -> None:
    tape = make_recording(profile, 60_000)

    for symbol in tape.symbols:
        changed = np.diff(books_of(tape, symbol), axis=0) != 0
        touch = changed[:, [0, 10]].any(axis=(1, 2))
        assert 0.68 < 1 - touch.mean() < 0.82
        # Kraken, 2021: the ten best levels are unchanged in 10-31 % of events.
        assert 0.1 < 1 - changed.any(axis=(1, 2)).mean() < 0.31


@pytest.mark.parametrize(
    ("profile", "symbol", "median_bps"),
    [("thin", "BTC/USD", 0.64), ("thin", "BTC/EUR", 8.5), ("thin", "SOL/BTC", 13.2)],
)
def test_spreads_are_as_measured(profile: str, symbol: str, median_bps: float) -> None:
    books = books_of(make_recording(profile, 60_000), symbol)

    spread_bps = (books[:, 10, 0] / books[:, 0, 0] - 1) * 1e4
    assert np.median(spread_bps) == pytest.approx(median_bps, rel=0.15)


def test_a_symbol_comes_in_bursts() -> None:
    tape = make_recording("liquid", 100_000)

    for index in range(len(tape.symbols)):
        gaps = np.diff(tape.time_us[tape.symbol == index])
        # Evenly random arrivals have a standard deviation of one mean.
        assert gaps.std() > 1.5 * gaps.mean()


@pytest.mark.parametrize("profile", ["liquid", "thin"])
def test_real_books_often_seem_to_pay_before_fees(profile: str) -> None:
    tape = make_recording(profile, 100_000)

    looks = [
        cycle.gross_rate[cycle.is_look]
        for cycle in every_look(tape.columns(), tape.pairings, ("USD", "EUR", "BTC"))
    ]
    # Real tapes show 14-27 % of looks with a gross edge.
    assert 0.12 < np.mean(np.concatenate(looks) > 1) < 0.3


def test_bitcoin_and_ether_move_together() -> None:
    tape = make_recording("liquid", 100_000)
    moments = np.arange(tape.time_us[0] + 1_000_000, tape.time_us[-1], 10_000_000)

    returns = []
    for symbol in ("BTC/USD", "ETH/USD"):
        times = tape.time_us[tape.symbol == tape.symbols.index(symbol)]
        mids = books_of(tape, symbol)[:, [0, 10], 0].mean(axis=1)
        returns.append(np.diff(np.log(mids[np.searchsorted(times, moments, side="right") - 1])))

    # Binance, 2024: over ten seconds a standard deviation of 4.1 bps and a correlation of 0.82.
    # Volatility itself wanders.
    assert np.std(returns[0]) == pytest.approx(4.1e-4, rel=0.35)
    assert 0.65 < np.corrcoef(returns)[0, 1] < 0.95
