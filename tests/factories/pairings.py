"""Rows of the pairings app; a test states only the fields it is about."""

from __future__ import annotations

import factory

from pairings.models import Pairing


class PairingFactory(factory.django.DjangoModelFactory[Pairing]):
    """A pairing as Kraken's entry tier would have it; base and quote follow from the symbol."""

    class Meta:
        model = Pairing

    symbol = factory.Sequence(lambda number: f"A{number}/USD")
    base = factory.LazyAttribute(lambda pairing: pairing.symbol.split("/")[0])
    quote = factory.LazyAttribute(lambda pairing: pairing.symbol.split("/")[1])
    order_min = 0.0001
    cost_min = 0.5
    taker_fee = 0.004
    maker_fee = 0.0025
    status = "online"
