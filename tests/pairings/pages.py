"""The pairings page as tests ask for it, and who asks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.factories.pairings import PairingFactory

if TYPE_CHECKING:
    from pairings.models import Pairing

LIST = reverse("pairings")
GRAPH = reverse("pairings_graph")
SWITCH = reverse("pairings_switch")
LOAD = reverse("pairings_load")
HTMX = {"HX-Request": "true"}
RESTORE = HTMX | {"HX-History-Restore-Request": "true"}
ROWS = [
    {"symbol": "BTC/USD", "order_min": "0.0001"},
    {"symbol": "ETH/USD", "order_min": "0.002"},
]


def client_with(*permissions: str) -> Client:
    user = User.objects.create_user("trader")
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(client: Client, address: str = LIST, **query: Any) -> str:
    return client.get(address, query).content.decode()


def upload(rows: object = ROWS, **more: object) -> dict[str, object]:
    return {"file": SimpleUploadedFile("pairs.json", json.dumps(rows).encode()), **more}


def minimums(pairing: Pairing) -> str:
    return reverse("pairing_minimums", args=[pairing.pk])


def triangle() -> list[Pairing]:
    return [
        PairingFactory.create(symbol=symbol, enabled=True)
        for symbol in ("BTC/USD", "ETH/BTC", "ETH/USD")
    ]
