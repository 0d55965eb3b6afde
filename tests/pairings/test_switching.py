"""Switching pairings, and what is said of it."""

from __future__ import annotations

import pytest

from pairings.models import Pairing
from pairings.switching import SwitchOutcome, switch_pairings
from tests.factories.pairings import PairingFactory


@pytest.mark.django_db
def test_only_what_can_be_traded_is_enabled_but_all_can_be_disabled() -> None:
    PairingFactory.create(symbol="BTC/USD")
    PairingFactory.create(symbol="ETH/USD", status="delisted")

    enabled = switch_pairings(Pairing.objects.all(), enable=True)
    disabled = switch_pairings(Pairing.objects.all(), enable=False)

    assert (enabled.switched, enabled.refused) == (("BTC/USD",), (("ETH/USD", "delisted"),))
    assert (disabled.switched, disabled.refused) == (("BTC/USD", "ETH/USD"), ())
    assert not Pairing.objects.enabled()


@pytest.mark.django_db
def test_what_a_search_finds_is_switched_though_it_is_found_no_more_then() -> None:
    PairingFactory.create_batch(3)

    outcome = switch_pairings(Pairing.objects.filter(enabled=False), enable=True)

    assert len(outcome.switched) == Pairing.objects.enabled().count() == 3


def test_a_long_refusal_is_cut() -> None:
    refused = tuple((f"A{number}/USD", "delisted") for number in range(8))

    outcome = SwitchOutcome(enabled=True, switched=("B/USD", "C/USD"), refused=refused)

    assert outcome.words() == "2 pairings are enabled."
    assert "A4/USD (delisted) and 3 more" in outcome.refusal()
    assert "A5/USD" not in outcome.refusal()
