from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import numpy as np
import pytest

from marketdata.synthetic import (
    PROFILES,
    SyntheticError,
    TapeRequest,
    events_for,
    make_recording,
    pairing_entries,
)
from marketdata.synthetic.build import BLOCK_EVENTS
from pairings.cycles import CurrencyGraph

if TYPE_CHECKING:
    from marketdata.synthetic import SyntheticTape

DIGEST = """
from marketdata.synthetic import make_recording
from tests.marketdata.synthetic.test_tape import digest
print(digest(make_recording("stress", 3000, 7)))
"""


def digest(tape: SyntheticTape) -> str:
    made = hashlib.sha256()
    for column in (tape.time_us, tape.symbol, tape.bid_count, tape.ask_count, tape.levels):
        made.update(column.tobytes())
    made.update(repr(tape.ledger).encode())
    return made.hexdigest()


def depths(tape: SyntheticTape) -> tuple[np.ndarray, np.ndarray]:
    """Return prices and quantities (n, 20); NaN where a side is empty."""
    rank = np.arange(10)
    kept = np.concatenate((rank < tape.bid_count[:, None], rank < tape.ask_count[:, None]), axis=1)
    prices, quantities = np.full(kept.shape, np.nan), np.full(kept.shape, np.nan)
    prices[kept], quantities[kept] = tape.levels.T
    return prices, quantities


@pytest.mark.parametrize("profile", PROFILES)
def test_the_same_request_gives_the_same_tape(profile: str) -> None:
    first = make_recording(profile, 5_000, 11)
    second = make_recording(profile, 5_000, 11)

    assert digest(first) == digest(second)


def test_another_run_of_python_gives_the_same_tape() -> None:
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    other = subprocess.run(
        [sys.executable, "-c", DIGEST], env=environment, capture_output=True, text=True, check=True
    )

    assert other.stdout.strip() == digest(make_recording("stress", 3_000, 7))


def test_another_seed_gives_another_tape() -> None:
    assert digest(make_recording("stress", 3_000, 1)) != digest(make_recording("stress", 3_000, 2))


def test_an_eastern_start_is_the_same_instant() -> None:
    noon = datetime(2025, 3, 3, 12, tzinfo=UTC)
    eastern = noon.astimezone(timezone(timedelta(hours=9)))

    assert digest(make_recording(events=500, start=noon)) == digest(
        make_recording(events=500, start=eastern)
    )


@pytest.mark.parametrize("events", [10, 11, 777, BLOCK_EVENTS + 321])
def test_it_has_as_many_events_as_were_asked_for(events: int) -> None:
    tape = make_recording("thin", events)

    assert len(tape) == events
    assert tape.levels.shape == (20 * events, 2)


@pytest.mark.parametrize("has_faults", [False, True])
@pytest.mark.parametrize("profile", PROFILES)
def test_every_event_is_valid(profile: str, has_faults: bool) -> None:  # noqa: FBT001 - a parameter
    tape = make_recording(profile, 60_000, 2, has_faults=has_faults)
    prices, quantities = depths(tape)

    assert np.all(np.diff(tape.time_us) >= 0)
    assert np.all(np.isfinite(tape.levels))
    assert np.all((tape.levels >= 1e-12) & (tape.levels <= 1e15))
    assert not np.any(np.diff(prices[:, :10]) >= 0)
    assert not np.any(np.diff(prices[:, 10:]) <= 0)
    assert not np.any(prices[:, 0] >= prices[:, 10])
    assert quantities.shape == prices.shape


def test_prices_and_quantities_are_whole_ticks_and_lots() -> None:
    tape = make_recording("liquid", 5_000)
    prices, quantities = depths(tape)
    decimals = np.array([pairing.price_decimals for pairing in tape.request.market().pairings])

    # Rounding to the decimals gives the very same doubles: they read back from text unchanged.
    for symbol, places in enumerate(decimals):
        mine = tape.symbol == symbol
        assert np.array_equal(prices[mine], [[round(p, places) for p in r] for r in prices[mine]])
    assert np.array_equal(quantities, np.array([[round(q, 8) for q in r] for r in quantities]))


def test_it_says_that_it_is_synthetic() -> None:
    facts = make_recording("thin", 500, 4).header["recording"]

    assert facts["synthetic"] is True
    assert facts["source"] == "synthetic"
    assert facts["name"] == "synthetic-thin-500-seed4"
    assert (facts["profile"], facts["seed"], facts["events"]) == ("thin", 4, 500)
    assert facts["generator"] >= 1


def test_ten_pairs_are_every_pair_of_five_assets() -> None:
    tape = make_recording(events=500)
    graph = CurrencyGraph(tape.pairings)

    assert graph.assets == ("BTC", "ETH", "EUR", "SOL", "USD")
    assert len(graph.triangles()) == 10
    assert {rule.taker_fee for rule in tape.pairings} == {0.004}


@pytest.mark.parametrize("pairs", range(3, 31))
def test_any_number_of_pairs_forms_a_triangle_with_dollars(pairs: int) -> None:
    rules = TapeRequest(pairs=pairs).rules()

    assert len(rules) == pairs
    assert CurrencyGraph(rules).cycles(("USD",))


def test_pairing_entries_state_the_rules() -> None:
    (entry,) = pairing_entries(TapeRequest(pairs=3).rules()[:1])

    assert entry["symbol"] == "BTC/USD"
    assert entry["lot_decimals"] == 8
    assert entry["order_min"] == 0.00005
    assert entry["cost_min"] == 0.5
    assert entry["taker_fee"] == 0.004
    assert entry["fee_tiers"][0] == [0.0, 0.004]


def test_a_length_of_time_gives_about_as_many_events() -> None:
    events = events_for(timedelta(minutes=10), "stress")

    tape = make_recording("stress", events)

    assert (tape.time_us[-1] - tape.time_us[0]) / 6e8 == pytest.approx(1, rel=0.05)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"profile": "calm"}, "profile was 'calm'; it must be one of liquid, thin, stress"),
        ({"events": 9}, "events was 9; it must lie from 10 to"),
        ({"events": 2, "pairs": 3}, "events was 2; it must lie from 3 to"),
        ({"pairs": 2}, "pairs was 2; it must lie from 3 to 30"),
        ({"seed": -1}, "seed was -1; it must lie from 0 to"),
        ({"start": datetime(2025, 1, 1)}, "without a zone"),  # noqa: DTZ001 - the point
        ({"start": datetime(1969, 1, 1, tzinfo=UTC)}, "it must lie from 1970-01-01"),
    ],
)
def test_a_request_out_of_bounds_is_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(SyntheticError, match=words):
        TapeRequest(**options)  # type: ignore[arg-type]  # bad values of every type
