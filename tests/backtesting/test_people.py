"""The first admin."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from backtesting.people import FIRST_ADMIN, make_first_admin

pytestmark = pytest.mark.django_db


def test_the_first_admin_can_log_in_with_what_was_shown() -> None:
    password = make_first_admin()

    user = get_user_model().objects.get(username=FIRST_ADMIN)
    assert password
    assert user.check_password(password)
    assert user.is_staff


def test_nobody_is_made_where_somebody_is() -> None:
    get_user_model().objects.create_user("ada")

    assert make_first_admin() is None
    assert not get_user_model().objects.filter(username=FIRST_ADMIN).exists()


def test_two_passwords_differ() -> None:
    first = make_first_admin()
    get_user_model().objects.all().delete()

    assert first != make_first_admin()
