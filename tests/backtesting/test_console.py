"""What a trader reads on the terminal: figures, where opportunities went, what cannot be shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from backtesting.console import print_reports
from tests.backtesting.engine.replays import replay
from tests.tapes import MS, pairing, top, triangle

if TYPE_CHECKING:
    from backtesting.engine.report import BacktestReport

EDGE = triangle(eth_usd=(3040.0, 3040.5))
# The edge is gone when the last leg arrives, 60 ms after it was seen.
GONE = [*EDGE, top("ETH/USD", 2900.0, 2901.0, t=50 * MS), *triangle(200 * MS)]


def shown(*reports: BacktestReport, width: int = 120) -> str:
    """Return what is printed, without colors and lines, with single spaces."""
    console = Console(width=width, force_terminal=False, color_system=None)
    with console.capture() as captured:
        print_reports(console, reports, "Backtest")
    return " ".join(captured.get().replace("\u2502", " ").split())


def report(events: Any = EDGE, **options: Any) -> BacktestReport:
    return replay(events, **options)


def test_it_says_what_the_figures_are_of() -> None:
    said = shown(replace(report(), recordings=("monday",), rejected_events=1234))

    assert "monday: 3 events of 3 symbols, 1970-01-01 00:00:00 to 00:00:00 UTC" in said
    assert "1,234 invalid entries of the source were refused" in said


def test_books_that_were_made_up_are_called_synthetic() -> None:
    assert "SYNTHETIC: these books were made, not recorded" in shown(
        replace(report(), is_synthetic=True)
    )
    assert "SYNTHETIC" not in shown(report())


def test_pairings_known_by_their_names_only_are_listed() -> None:
    said = shown(replace(report(), inferred_pairings=("BTC/USD", "ETH/BTC")))

    assert "without minimums or fees of their own: BTC/USD, ETH/BTC" in said


def test_what_was_given_in_vain_is_named() -> None:
    said = shown(report(balances={"USD": 1000.0, "usd": 1.0}))

    assert "without any effect, for no symbol here is of them: usd" in said
    assert "without any effect" not in shown(report())


def test_every_limit_of_the_model_is_printed() -> None:
    for fill_model in ("modeled", "replayed"):
        one = report(fill_model=fill_model)

        said = shown(one)

        assert f"What the {fill_model} fills cannot show:" in said
        assert all(limit in said for limit in one.model_limits)
        assert one.model_limits


def test_what_was_not_measured_is_a_dash_with_its_reason() -> None:
    said = shown(report(triangle()))

    assert "win rate - (no trade was finished)" in said
    assert "fill rate - (no leg was sent)" in said
    assert "latency p50 / p95 / p99, ms - (no trade was executed)" in said


def test_figures_bear_their_unit_and_their_sign() -> None:
    said = shown(report())

    # r = 0.9968 of each leg: the rest is converted back; about 1.33 % of 100 USD.
    assert "P&L, USD +1.3" in said
    assert "win rate 100.00%" in said
    assert "latency p50 / p95 / p99, ms 60.0 / 60.0 / 60.0" in said
    assert "fee source schedule, 0.00%" in said


def test_fees_that_differ_are_shown_as_a_range() -> None:
    rows = [
        pairing("BTC/USD", fee=0.001),
        pairing("ETH/BTC", fee=0.0026),
        pairing("ETH/USD", fee=0.002),
    ]

    assert "fee source schedule, 0.10% to 0.26%" in shown(report(pairings=rows))


def test_opportunities_are_followed_to_their_end() -> None:
    said = shown(report([*EDGE, top("ETH/USD", 3041.0, 3041.5, t=1)]))

    assert "opportunities (over the threshold) 2" in said
    assert "not_rearmed: the same edge, traded before 1" in said
    assert "traded 1" in said
    assert "stale_book" not in said


def test_the_gap_between_the_models_has_the_sign_of_optimism() -> None:
    modeled, replayed = (report(GONE, fill_model=model) for model in ("modeled", "replayed"))
    gap = modeled.realized_pnl_usd - replayed.realized_pnl_usd

    said = shown(modeled, replayed)

    # The modeled sale is at 3040, the replayed one finds no bid within its limit and dumps at 2900.
    assert gap > 3
    assert f"Optimism gap +{gap:,.4f} USD: modeled fills promise {gap:,.4f} USD more" in said


def test_a_pessimistic_gap_is_negative_and_says_less() -> None:
    modeled, replayed = (report(GONE, fill_model=model) for model in ("modeled", "replayed"))
    gap = modeled.realized_pnl_usd - replayed.realized_pnl_usd

    said = shown(replayed, modeled)

    assert f"Optimism gap -{gap:,.4f} USD: replayed fills promise {gap:,.4f} USD less" in said


def test_one_report_has_no_gap() -> None:
    assert "Optimism gap" not in shown(report())


@pytest.mark.parametrize("width", [40, 80])
def test_a_narrow_terminal_loses_no_figure(width: int) -> None:
    one = report()

    said = shown(one, width=width).replace(" ", "")

    assert f"{one.realized_pnl_usd:+,.4f}" in said
    assert "60.0/60.0/60.0" in said
