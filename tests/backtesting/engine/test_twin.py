"""The readable twin gives what the test vectors ask for, and keeps the laws."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings

from tests.backtesting.engine.comparison import differences
from tests.backtesting.engine.scenarios import SCENARIOS
from tests.backtesting.engine.twin import replay
from tests.backtesting.engine.vectors import load_vector
from tests.strategies import replay_cases
from tests.tapes import MS

if TYPE_CHECKING:
    from tests.strategies import ReplayCase

OWN = Path(__file__).parent / "vectors"
SHARED = Path(__file__).parents[4] / "shared" / "vectors"


def folders(parent: Path) -> list[Path]:
    return sorted(path for path in parent.glob("*") if path.is_dir())


def wrong_places(folder: Path) -> list[str]:
    vector = load_vector(folder)
    report = replay(
        vector.events,
        pairings=vector.pairings,
        config=vector.config,
        balances=vector.balances,
    )
    return differences(report, vector.report | {"trades": vector.trades})


@pytest.mark.parametrize("folder", folders(OWN), ids=lambda folder: folder.name)
def test_it_gives_the_report_of_our_own_copy_of_a_vector(folder: Path) -> None:
    assert wrong_places(folder) == []


def test_the_four_vectors_of_our_own_are_there() -> None:
    assert [folder.name[:2] for folder in folders(OWN)] == ["01", "02", "03", "04"]


@pytest.mark.parametrize("folder", folders(SHARED), ids=lambda folder: folder.name)
def test_it_gives_the_report_of_a_shared_vector(folder: Path) -> None:
    assert wrong_places(folder) == []


def test_the_shared_vectors_are_there() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no shared test vectors at {SHARED}: only our own copies were held to")

    assert folders(SHARED)


def run(case: ReplayCase) -> dict[str, Any]:
    return replay(case.events, pairings=case.pairings, config=case.config, balances=case.balances)


def test_an_offer_takes_before_a_leg_that_arrives_with_the_book() -> None:
    report = run(SCENARIOS["offer_before_leg"]())

    close_out, leg_3 = report["trades"][0]["orders"][-1], report["trades"][1]["orders"][2]

    # 0.02 ETH are bid: trade 1's 0.01989626 first, the rest for trade 2.
    assert (close_out["leg"], close_out["t"], leg_3["t"]) == ("close-out", 100 * MS, 100 * MS)
    assert close_out["filled"] == pytest.approx(0.01989626)
    assert leg_3["filled"] == pytest.approx(0.02 - 0.01989626)


def test_dust_is_judged_without_the_overridden_minimum() -> None:
    report = run(SCENARIOS["dust_by_own_minimum"]())

    # 0.6 ETH at 3040 and 0.4 at 2900 for 3000 USD: 1824 + 1160 - 3000.
    assert report["trades"][0]["orders"][-1]["leg"] == "close-out"
    assert report["realized_pnl_usd"] == pytest.approx(-16.0)


def test_a_rest_whose_bid_came_too_late_stays_in_the_account_worth_nothing() -> None:
    report = run(SCENARIOS["rest_without_a_bid"]())

    held = report["trades"][0]["orders"]
    # What leg 1 brought less what leg 2 took: 0.00165702 - 0.0016474335 * 1.0026.
    assert [order["leg"] for order in held] == [1, 2, 3, "conversion"]
    assert report["ending_balances"]["BTC"] == pytest.approx(0.00165702 - 0.0016474335 * 1.0026)
    assert report["realized_pnl_usd"] == pytest.approx(report["ending_balances"]["USD"] - 1000)


def test_a_missed_trade_rearms_its_cycle_while_a_later_one_is_in_flight() -> None:
    report = run(SCENARIOS["rearmed_by_an_older_trade"]())

    assert [trade["t"] for trade in report["trades"]] == [0, 200 * MS, 401 * MS]
    assert report["trades"][0]["status"] == "missed"
    assert report["miss_reasons"] == {"not_rearmed": 1}


@given(replay_cases())
@settings(max_examples=150, deadline=None)
def test_every_opportunity_is_a_trade_or_has_one_miss_reason(case: ReplayCase) -> None:
    report = run(case)

    attempted = report["trades_attempted"]
    assert report["opportunities_seen"] == attempted + sum(report["miss_reasons"].values())
    ends = ("trades_executed", "trades_failed", "trades_missed")
    assert attempted == sum(report[name] for name in ends)


@given(replay_cases())
@settings(max_examples=150, deadline=None)
def test_no_asset_is_created_or_lost(case: ReplayCase) -> None:
    report = run(case)

    expected = {asset: 0.0 for row in case.pairings for asset in (row["base"], row["quote"])}
    expected |= case.balances
    # Cutting to lots forgives a millionth of a lot, which an order may take beyond what there is.
    crumbs = dict.fromkeys(expected, 1e-8)
    lots = {row["symbol"]: 10.0 ** -row["lot_decimals"] for row in case.pairings}
    for order in (order for trade in report["trades"] for order in trade["orders"]):
        base, quote = order["symbol"].split("/")
        sign = 1 if order["side"] == "buy" else -1
        expected[base] += sign * order["filled"]
        expected[quote] -= sign * order["money"] + order["fee"]
        crumb = 1e-6 * lots[order["symbol"]]
        crumbs[base] += crumb
        crumbs[quote] += crumb * (order["money"] / order["filled"] if order["filled"] else 0.0)
    for asset, amount in expected.items():
        ending = report["ending_balances"].get(asset, 0.0)
        assert ending == pytest.approx(amount, abs=2 * crumbs[asset])
