"""Who sits at the desk, and a bell that rings for nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from pytest_django.fixtures import Settings


@pytest.fixture
def trader() -> User:
    return get_user_model().objects.create_user("ada")


@pytest.fixture
def desk(trader: User) -> Client:
    client = Client()
    client.force_login(trader)
    return client


@pytest.fixture(autouse=True)
def _no_bell(settings: Settings) -> None:
    settings.JOB_BELL = "tests.backtesting.views.silence.ring"
