from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from marketdata.synthetic import make_recording
from tests.marketdata.synthetic.looks import every_look

if TYPE_CHECKING:
    from marketdata.synthetic import Dislocation, SyntheticTape
    from tests.marketdata.synthetic.looks import CycleLooks

START_ASSETS = ("USD", "EUR", "USDT", "BTC", "ETH", "SOL", "XRP", "ADA", "LTC")
TAPES = [
    pytest.param("liquid", 60_000, {}, id="liquid"),
    pytest.param("thin", 60_000, {}, id="thin"),
    pytest.param("stress", 60_000, {}, id="stress"),
    pytest.param("stress", 60_000, {"has_faults": True}, id="stress with faults"),
    pytest.param("stress", 30_000, {"pairs": 30}, id="stress of thirty pairs"),
    pytest.param("stress", 15_000, {"pairs": 3}, id="stress of one triangle"),
]


def looks_of(tape: SyntheticTape) -> list[CycleLooks]:
    return list(every_look(tape.columns(), tape.pairings, START_ASSETS))


def within(row: Dislocation, looks: CycleLooks) -> np.ndarray:
    return (looks.time_us >= row.start_us) & (looks.time_us < row.end_us)


@pytest.mark.parametrize(("profile", "events", "options"), TAPES)
def test_the_ledger_is_the_whole_truth(
    profile: str, events: int, options: dict[str, bool | int]
) -> None:
    tape = make_recording(profile, events, seed=3, **options)  # type: ignore[arg-type]  # mixed

    limit = 1 + tape.limit_bps * 1e-4
    rows_met = 0
    for looks in looks_of(tape):
        planted = np.zeros(len(looks.time_us), np.bool_)
        for row in tape.ledger:
            if row.cycle != looks.cycle.assets:
                continue
            inside = within(row, looks)
            planted |= inside
            seen = looks.gross_rate[inside & ~np.isnan(looks.gross_rate)]
            edge_bps = (seen - 1) * 1e4
            assert edge_bps[0] == pytest.approx(row.start_gross_bps, abs=1e-6)
            assert edge_bps.max() == pytest.approx(row.peak_gross_bps, abs=1e-6)
            assert edge_bps.min() == pytest.approx(row.low_gross_bps, abs=1e-6)
            assert row.low_gross_bps > tape.limit_bps
            rows_met += 1
        outside = looks.gross_rate[~planted]
        # One part in 10^9 for the rounding of a product against that of a sum of logarithms.
        assert np.nanmax(outside) <= limit * (1 + 1e-9)
    assert rows_met == len(tape.ledger) > 0


def test_what_the_touches_take_at_the_start_is_what_the_ledger_says() -> None:
    tape = make_recording("stress", 40_000, seed=5)
    columns = tape.columns()
    cycles = {looks.cycle.assets: looks.cycle for looks in looks_of(tape)}
    symbol = columns.symbol & 0x7FFF

    for row in tape.ledger:
        upto = np.searchsorted(columns.time_us, row.start_us, side="right")
        amounts, held = [], 1.0
        for leg in cycles[row.cycle].legs:
            event = np.flatnonzero(symbol[:upto] == columns.symbols.index(leg.symbol))[-1]
            best = columns.depth_start[event]
            if leg.side == "buy":
                best += columns.bid_count[event]
            price, quantity = columns.levels[best]
            amounts.append((quantity if leg.side == "sell" else quantity * price) / held)
            held *= price if leg.side == "sell" else 1 / price

        assert row.executable == pytest.approx(min(amounts))


def test_dislocations_come_one_after_another() -> None:
    ledger = make_recording("stress", 60_000, seed=1).ledger

    for row in ledger:
        assert row.start_us < row.end_us
    for before, after in pairwise(ledger):
        assert before.end_us <= after.start_us


def test_the_stress_tape_pays_the_entry_fee_often_enough_for_a_demonstration() -> None:
    tape = make_recording("stress", 200_000)

    # Three taker fees of 0.40 % eat 120.5 bps, the threshold of 0.0005 another 5.
    paying = [row for row in tape.ledger if row.cycle[0] == "USD" and row.peak_gross_bps > 126]
    lasting = [row for row in paying if row.end_us - row.start_us > 60_000]
    assert len(paying) >= 100
    assert 60 <= len(lasting) < len(paying) - 20
    assert any(row.executable < 100 for row in paying)
    assert {row.kind for row in tape.ledger} == {
        "flash",
        "brief",
        "crumbling",
        "standing",
        "stale",
    }


def test_most_of_a_stress_tape_has_no_opportunity_after_the_entry_fee() -> None:
    tape = make_recording("stress", 60_000)

    looks = opportunities = 0
    for cycle in looks_of(tape):
        net = cycle.gross_rate[cycle.is_look] / 1.004**3 - 1
        looks += len(net)
        opportunities += int((net >= 0.0005).sum())
    assert 0 < opportunities < 0.02 * looks


def test_a_stale_episode_leaves_one_of_its_books_without_an_event() -> None:
    tape = make_recording("stress", 60_000)
    columns = tape.columns()
    cycles = {looks.cycle.assets: looks.cycle for looks in looks_of(tape)}
    stale = [row for row in tape.ledger if row.kind == "stale"]

    for row in stale:
        inside = (columns.time_us > row.start_us) & (columns.time_us < row.end_us)
        moved = {columns.symbols[index] for index in (columns.symbol & 0x7FFF)[inside]}
        assert {leg.symbol for leg in cycles[row.cycle].legs} - moved
    assert stale
