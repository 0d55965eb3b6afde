"""What replaces itself has a name, by which htmx finds the keyboard's place again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from backtesting.views import trades as trade_views
from tests.backtesting.sweep_samples import completed_sweep
from tests.backtesting.views.reports import completed_job

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client

pytestmark = pytest.mark.django_db

_TAG = re.compile(r"<(?:a|select|button)\b[^>]*>")


def tags_without_id(desk: Client, address: str) -> list[str]:
    answer = desk.get(address, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    tags = _TAG.findall(answer.content.decode())
    asking = [tag for tag in tags if "hx-get=" in tag or tag.startswith("<select")]
    assert asking
    return [tag for tag in asking if not re.search(r'\bid="[^"]+"', tag)]


def test_the_table_of_trades(desk: Client, trader: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trade_views, "PAGE_SIZE", 10)
    address = reverse("job_trades", args=[completed_job(trader).pk])

    assert tags_without_id(desk, f"{address}?page=2") == []


@pytest.mark.parametrize("name", ["sweep_table", "sweep_map"])
def test_the_sets_of_a_sweep(desk: Client, trader: User, name: str) -> None:
    address = reverse(name, args=[completed_sweep(trader).pk])

    assert tags_without_id(desk, f"{address}?page=2") == []
