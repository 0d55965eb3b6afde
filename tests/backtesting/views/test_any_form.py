"""Whatever is typed into the run form is taken or refused, and never breaks the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from backtesting.forms import BacktestRunForm
from tests.factories.marketdata import make_recording, random_events

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

FIELDS = sorted({*BacktestRunForm.base_fields, "submission_id", "force"})
NUMBERS = st.floats().map(str) | st.integers().map(str)
TIMES = st.datetimes(timezones=st.none() | st.timezones()).map(str)
ODD = st.sampled_from(["NaN", "-inf", "1e999", "1E+1000000", "٣", "1_0", "\0", "volume", "flat"])
EARLIEST = "0001-01-01T00:00+14:00"
TYPED = st.dictionaries(
    st.sampled_from(FIELDS), st.text(max_size=40) | NUMBERS | TIMES | ODD, max_size=8
)


@pytest.fixture
def _recorded() -> None:
    make_recording(random_events(20))


@pytest.mark.django_db
@pytest.mark.usefixtures("_recorded")
@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@example(typed={"start": EARLIEST})
@example(typed={"end": "9999-12-31T23:59-14:00"})
@given(typed=TYPED)
def test_anything_typed_is_taken_or_refused(settings: Settings, typed: dict[str, str]) -> None:
    settings.JOB_BELL = "tests.backtesting.views.silence.ring"
    desk = Client()
    desk.force_login(get_user_model().objects.get_or_create(username="ada")[0])
    form = {"balances": "USD=1", "threshold_bps": "5", **typed}

    assert desk.post(reverse("backtesting_run"), form).status_code in {200, 302, 422}
    assert desk.get(reverse("run_offer"), form).status_code == 200
