"""Who looks at the pairings, and who may change them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.pairings.pages import client_with

if TYPE_CHECKING:
    from django.test import Client


@pytest.fixture
def reader() -> Client:
    return client_with()


@pytest.fixture
def trader() -> Client:
    return client_with("add_pairing", "change_pairing")
