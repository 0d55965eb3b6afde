"""What was given to a run and could do nothing there is named."""

from __future__ import annotations

from backtesting.analysis.idle import idle_names

SYMBOLS = ("BTC/USD", "ETH/BTC", "ETH/USD")


def test_what_the_universe_uses_is_not_named() -> None:
    held = {"USD": 1000.0, "BTC": 0.1, "ETH": 0.0}

    assert idle_names(SYMBOLS, held, {"BTC/USD": 0.01}) == ()
    assert idle_names(SYMBOLS, held, None) == ()


def test_assets_and_pairings_that_no_symbol_is_of_are_named() -> None:
    held = {"usd": 1000.0, "USD": 0.0, "XRP": 5.0, "DOGE": 0.0}

    assert idle_names(SYMBOLS, held, {"XXX/USD": 1.0, "BTC/USD": 0.01}) == ("XRP", "usd", "XXX/USD")
