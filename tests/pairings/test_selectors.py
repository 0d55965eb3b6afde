from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pairings.models import Pairing
from pairings.rules import PairingError, PairingRules
from pairings.selectors import enabled_symbols, ensure_inferred, find_rules
from tests.factories.pairings import PairingFactory

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db


def test_rules_are_found_in_one_query_whether_enabled_or_not(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    on = PairingFactory.create(symbol="BTC/USD", enabled=True)
    off = PairingFactory.create(symbol="ETH/USD", enabled=False)
    PairingFactory.create(symbol="ETH/BTC")

    with django_assert_num_queries(1):
        found = find_rules(["BTC/USD", "ETH/USD", "NOT/THERE"])

    assert found == {"BTC/USD": on.rules(), "ETH/USD": off.rules()}


def test_enabled_symbols_are_sorted() -> None:
    PairingFactory.create(symbol="ETH/USD", enabled=True)
    PairingFactory.create(symbol="BTC/USD", enabled=True)
    PairingFactory.create(symbol="ETH/BTC")

    assert enabled_symbols() == ("BTC/USD", "ETH/USD")


def test_missing_pairings_are_made_inferred_and_enabled() -> None:
    made = ensure_inferred(["ETH/USD", "BTC/USD", "ETH/USD"])

    assert made == ["BTC/USD", "ETH/USD"]
    assert enabled_symbols() == ("BTC/USD", "ETH/USD")
    assert find_rules(["BTC/USD"]) == {"BTC/USD": PairingRules.from_symbol("BTC/USD")}


def test_a_pairing_that_exists_stays_as_it_is() -> None:
    kept = PairingFactory.create(symbol="BTC/USD", enabled=False)

    made = ensure_inferred(["BTC/USD"])

    assert made == []
    assert find_rules(["BTC/USD"]) == {"BTC/USD": kept.rules()}
    assert enabled_symbols() == ()


def test_nothing_is_made_when_one_of_them_is_no_symbol() -> None:
    with pytest.raises(PairingError, match="'BTCUSD' is not BASE/QUOTE"):
        ensure_inferred(["ETH/USD", "BTCUSD"])

    assert not Pairing.objects.exists()
