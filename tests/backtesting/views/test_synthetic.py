"""Data that was made up says so on every page and download of its reports."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from tests.backtesting.views.reports import completed_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("root"))
    return client


def pages(pk: int) -> list[str]:
    return [
        reverse("backtesting"),
        reverse("job_history"),
        reverse("job", args=[pk]),
        reverse("job_trades", args=[pk]),
        reverse("job_trade", args=[pk, 1]),
    ]


@pytest.mark.parametrize("is_synthetic", [True, False])
def test_every_page_of_a_report_says_whether_it_is_synthetic(
    desk: Client, *, is_synthetic: bool
) -> None:
    job = completed_job(synthetic=is_synthetic, payload={"is_synthetic": is_synthetic})

    saying = ["synthetic" in desk.get(page).content.decode().lower() for page in pages(job.pk)]

    assert saying == [is_synthetic] * len(saying)


@pytest.mark.parametrize("download", ["job_report_json", "job_trades_csv"])
def test_a_download_of_it_is_called_so(desk: Client, download: str) -> None:
    named = [
        desk.get(reverse(download, args=[completed_job(synthetic=one).pk]))["Content-Disposition"]
        for one in (True, False)
    ]

    assert ["synthetic" in name for name in named] == [True, False]
