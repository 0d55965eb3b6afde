from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from pairings.models import Pairing
from pairings.rules import PairingRules
from tests.factories.pairings import PairingFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("value", [0.0001, 5e-05, 0.1 + 0.2, 1e-12, 1e15, 4.4])
def test_a_number_comes_back_bit_for_bit(value: float) -> None:
    pk = PairingFactory.create(order_min=value, cost_min=value, tick_size=value).pk

    pairing = Pairing.objects.get(pk=pk)

    assert (pairing.order_min, pairing.cost_min, pairing.tick_size) == (value, value, value)


def test_its_rules_are_what_a_replay_needs() -> None:
    tiers = [[0, 0.004], [10_000, 0.0035]]
    pk = PairingFactory.create(symbol="BTC/USD", lot_decimals=5, fee_tiers=tiers, inferred=True).pk

    rules = Pairing.objects.get(pk=pk).rules()

    assert rules == PairingRules(
        symbol="BTC/USD",
        base="BTC",
        quote="USD",
        lot_decimals=5,
        order_min=0.0001,
        cost_min=0.5,
        taker_fee=0.004,
        fee_tiers=((0.0, 0.004), (10_000.0, 0.0035)),
        inferred=True,
    )


def test_a_minimum_cost_that_is_not_known_is_none_in_a_replay() -> None:
    assert PairingFactory.create(cost_min=None).rules().cost_min == 0.0


def test_a_pairing_is_disabled_until_somebody_enables_it() -> None:
    assert not PairingFactory.create().enabled


def test_it_is_called_by_its_symbol() -> None:
    assert str(PairingFactory.build(symbol="BTC/USD")) == "BTC/USD"


def test_enabled_for_symbols_and_tradable_choose_what_they_say() -> None:
    PairingFactory.create(symbol="BTC/USD", enabled=True)
    PairingFactory.create(symbol="ETH/USD", status="delisted")
    PairingFactory.create(symbol="ETH/BTC", status="")

    assert [str(row) for row in Pairing.objects.enabled()] == ["BTC/USD"]
    assert [str(row) for row in Pairing.objects.for_symbols(["ETH/USD", "X/Y"])] == ["ETH/USD"]
    assert [str(row) for row in Pairing.objects.tradable()] == ["BTC/USD", "ETH/BTC"]
    assert [str(row) for row in Pairing.objects.not_tradable()] == ["ETH/USD"]


@pytest.mark.parametrize(
    "fields",
    [
        {"symbol": "BTC/USD", "base": "ETH"},
        {"symbol": "USD/USD"},
        {"order_min": -1e-9},
        {"order_min": float("inf")},
        {"order_min": float("nan")},
        {"cost_min": -1.0},
        {"tick_size": -1.0},
        {"lot_decimals": 19},
        {"price_decimals": 19},
        {"cost_decimals": 19},
        {"taker_fee": 1.0},
        {"taker_fee": -0.0001},
        {"maker_fee": 1.0},
        {"maker_fee": -1.1},
    ],
)
def test_the_database_refuses_what_would_break_a_run(fields: dict[str, object]) -> None:
    pairing = PairingFactory.build(**fields)

    with pytest.raises(IntegrityError), transaction.atomic():
        pairing.save()


def test_the_database_refuses_a_symbol_twice() -> None:
    PairingFactory.create(symbol="BTC/USD")

    with pytest.raises(IntegrityError), transaction.atomic():
        PairingFactory.create(symbol="BTC/USD")


def test_a_maker_may_be_paid() -> None:
    PairingFactory.create(maker_fee=-0.0002)

    assert Pairing.objects.get().maker_fee == -0.0002


def test_a_form_is_told_in_words_what_is_wrong() -> None:
    pairing = PairingFactory.build(symbol="B TC/USD")

    with pytest.raises(ValidationError, match="is not BASE/QUOTE"):
        pairing.full_clean()


def test_the_enabled_pairings_are_found_by_their_index() -> None:
    plan = Pairing.objects.enabled().order_by("symbol").explain()

    # PostgreSQL rightly reads a table of one page whole; there the index only has to exist.
    if connection.vendor == "sqlite":
        assert "pairing_enabled_symbol" in plan
    with connection.cursor() as cursor:
        names = connection.introspection.get_constraints(cursor, Pairing._meta.db_table)
    assert names["pairing_enabled_symbol"]["index"]


@pytest.mark.parametrize(
    ("stored", "override", "holds"),
    [(0.5, None, 0.5), (0.5, 2.0, 2.0), (0.5, 0.0, 0.0), (None, None, 0.0), (None, 1.5, 1.5)],
)
def test_a_minimum_of_our_own_stands_in_the_place_of_krakens(
    stored: float | None, override: float | None, holds: float
) -> None:
    pairing = PairingFactory.build(
        symbol="BTC/USD", order_min=0.1, cost_min=stored, cost_min_override=override
    )

    assert pairing.rules().cost_min == holds
    assert pairing.rules().order_min == 0.1
    assert pairing.has_overrides() == (override is not None)
