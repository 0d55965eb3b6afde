from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError

from pairings.kraken import read_pairing_file
from pairings.loading import LoadOutcome, store_rows
from pairings.models import Pairing
from pairings.rows import PairingRow
from tests.factories.pairings import PairingFactory
from tests.pairings.captures import capture

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def row(symbol: str = "BTC/USD", **stated: Any) -> PairingRow:
    base, quote = symbol.split("/")
    return PairingRow(symbol=symbol, base=base, quote=quote, **stated)


def store(*rows: PairingRow, enable: bool = False) -> LoadOutcome:
    return store_rows(rows, enable=enable, taken_at=NOW)


def test_new_pairings_come_in_disabled_with_what_is_stated() -> None:
    outcome = store(row(order_min=0.0002, taker_fee=0.0026, fee_tiers=((0.0, 0.0026),)))

    pairing = Pairing.objects.get()
    assert outcome == LoadOutcome(new=("BTC/USD",), updated=(), unchanged=(), not_online=())
    assert (pairing.enabled, pairing.inferred, pairing.rules_as_of) == (False, False, NOW)
    assert (pairing.order_min, pairing.taker_fee) == (0.0002, 0.0026)
    assert (pairing.lot_decimals, pairing.cost_min) == (8, None)
    assert pairing.rules().fee_tiers == ((0.0, 0.0026),)


def test_enabling_leaves_out_what_is_not_online() -> None:
    outcome = store(row(status="online"), row("ETH/USD", status="cancel_only"), enable=True)

    assert [pairing.symbol for pairing in Pairing.objects.enabled()] == ["BTC/USD"]
    assert outcome.not_online == ("ETH/USD",)


@pytest.mark.parametrize("enabled", [True, False])
def test_a_known_pairing_gets_new_rules_and_stays_as_enabled_as_it_was(
    enabled: bool,  # noqa: FBT001 - pytest hands parameters over by name
) -> None:
    PairingFactory.create(symbol="BTC/USD", enabled=enabled, order_min=0.1, taker_fee=0.004)

    outcome = store(row(order_min=0.0002))

    pairing = Pairing.objects.get()
    assert outcome.updated == ("BTC/USD",)
    assert (pairing.order_min, pairing.enabled) == (0.0002, enabled)


def test_what_is_not_stated_stays_as_it_was() -> None:
    PairingFactory.create(symbol="BTC/USD", fee_tiers=[[0.0, 0.004]], taker_fee=0.004, cost_min=0.5)

    store(row(order_min=0.0002))

    pairing = Pairing.objects.get()
    assert (pairing.taker_fee, pairing.cost_min) == (0.004, 0.5)
    assert pairing.fee_tiers == [[0.0, 0.004]]


def test_a_pairing_keeps_its_key_and_is_inferred_no_more() -> None:
    pk = PairingFactory.create(symbol="BTC/USD", inferred=True, enabled=True).pk

    outcome = store(row())

    pairing = Pairing.objects.get()
    assert outcome.updated == ("BTC/USD",)
    assert (pairing.pk, pairing.inferred, pairing.enabled) == (pk, False, True)


def test_a_known_pairing_is_enabled_when_asked_for() -> None:
    PairingFactory.create(symbol="BTC/USD", enabled=False)

    store(row(), enable=True)

    assert Pairing.objects.get().enabled


def test_a_pairing_that_went_offline_is_reported_and_keeps_its_place() -> None:
    PairingFactory.create(symbol="BTC/USD", enabled=True)

    outcome = store(row(status="delisted"), enable=True)

    pairing = Pairing.objects.get()
    assert outcome.not_online == ("BTC/USD",)
    assert (pairing.status, pairing.enabled) == ("delisted", True)


def test_the_same_rows_again_only_move_the_date() -> None:
    rows = [row(taker_fee=0.0026, fee_tiers=((0.0, 0.0026),)), row("ETH/USD", cost_min=0.5)]
    store_rows(rows, enable=False, taken_at=datetime(2025, 1, 1, tzinfo=UTC))
    touched = list(Pairing.objects.values_list("updated_at", flat=True))

    outcome = store(*rows)

    assert outcome.unchanged == ("BTC/USD", "ETH/USD")
    assert (outcome.new, outcome.updated) == ((), ())
    assert set(Pairing.objects.values_list("rules_as_of", flat=True)) == {NOW}
    assert list(Pairing.objects.values_list("updated_at", flat=True)) == touched


def test_pairings_that_are_not_in_the_rows_stay_untouched() -> None:
    PairingFactory.create(symbol="ETH/BTC", enabled=True, inferred=True)

    store(row())

    other = Pairing.objects.get(symbol="ETH/BTC")
    assert (other.enabled, other.inferred, other.rules_as_of) == (True, True, None)


def test_one_row_that_the_database_refuses_leaves_nothing_behind() -> None:
    with pytest.raises(IntegrityError):
        store(row(), row("ETH/USD", order_min=-1.0))

    assert not Pairing.objects.exists()


def test_the_whole_answer_of_2021_is_stored_in_a_handful_of_statements(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    rows = read_pairing_file(capture("http_assetpairs_2021.txt")).rows

    with django_assert_max_num_queries(12):
        outcome = store(*rows, enable=True)

    assert len(outcome.new) == 293
    assert Pairing.objects.enabled().count() == 293
    assert {row.symbol: row.rules() for row in rows} == {
        pairing.symbol: pairing.rules() for pairing in Pairing.objects.all()
    }


def test_new_rules_leave_minimums_of_our_own_alone() -> None:
    PairingFactory.create(symbol="BTC/USD", order_min=0.1, order_min_override=0.7)

    store(row("BTC/USD", order_min=0.2))

    pairing = Pairing.objects.get(symbol="BTC/USD")
    assert (pairing.order_min, pairing.order_min_override) == (0.2, 0.7)
    assert pairing.rules().order_min == 0.7
