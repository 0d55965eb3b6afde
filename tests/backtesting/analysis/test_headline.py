"""What stands above a report."""

from __future__ import annotations

from typing import Any

import pytest

from backtesting.analysis.headline import headline, optimism_gap, shown_digits

REPORT: dict[str, Any] = {
    "config": {"quote_asset": "USD"},
    "realized_pnl_usd": 5.0,
    "max_drawdown_usd": 2.5,
    "fee_source": "schedule",
}


def test_pnl_is_a_share_of_what_the_quote_asset_started_with() -> None:
    found = headline({"balances": {"USD": 500.0, "BTC": 1.0, "ETH": 0.0}}, REPORT)

    assert (found.pnl_share, found.drawdown_share) == (0.01, 0.005)
    assert found.others == ("BTC",)


def test_without_any_quote_asset_there_is_no_share() -> None:
    found = headline({"balances": {"BTC": 1.0}}, REPORT)

    assert (found.pnl_share, found.drawdown_share) == (None, None)


def test_the_source_of_fees_is_told_in_words() -> None:
    assert headline({}, REPORT).fees == "the pairings' listed rates"


def test_the_gap_is_what_modeled_fills_promise_more() -> None:
    assert optimism_gap(5.0, "modeled", 2.0) == optimism_gap(2.0, "replayed", 5.0) == 3.0


@pytest.mark.parametrize(
    ("amounts", "digits"),
    [((), 2), ((0.0,), 2), ((1234.5,), 2), ((5.3, -0.1), 3), ((-0.0012,), 6), ((1e-9,), 8)],
)
def test_decimals_tell_amounts_apart(amounts: tuple[float, ...], digits: int) -> None:
    assert shown_digits(*amounts) == digits
