"""The first person: an admin with a random password, made where there is nobody yet."""

from __future__ import annotations

import secrets

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

FIRST_ADMIN = "admin"


def make_first_admin() -> str | None:
    """Make the admin where no user exists; return the password, None where somebody is there.

    It is shown once and stored nowhere but as its hash.
    """
    users = get_user_model()._default_manager  # noqa: SLF001 - Django's documented way
    if users.exists():
        return None
    password = secrets.token_urlsafe(12)
    try:
        with transaction.atomic():
            users.create_superuser(username=FIRST_ADMIN, password=password)
    except IntegrityError:  # another process was first
        return None
    return password
