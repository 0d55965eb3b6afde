"""Whatever is typed into the sweep form is taken or refused, and never breaks the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from backtesting.forms import SweepForm
from tests.backtesting.views.test_any_form import NUMBERS, ODD
from tests.factories.marketdata import make_recording, random_events

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

FIELDS = sorted({*SweepForm.base_fields, "submission_id"})
PIECES = (
    NUMBERS | ODD | st.sampled_from(["..", " step ", ",", ";", "\n", "none", "bps", "%", "all"])
)
LISTS = st.lists(PIECES, max_size=8).map("".join)
TYPED = st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=40) | LISTS, max_size=8)


@pytest.fixture
def _recorded() -> None:
    make_recording(random_events(20))


@pytest.mark.django_db
@pytest.mark.usefixtures("_recorded")
@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@example(typed={"thetas": "1e-999..1 step 1e-18"})
@example(typed={"capitals": "0..1e15 step 1e-18"})
@example(typed={"thetas": "." * 5000})
@given(typed=TYPED)
def test_anything_typed_is_taken_or_refused(settings: Settings, typed: dict[str, str]) -> None:
    settings.JOB_BELL = "tests.backtesting.views.silence.ring"
    desk = Client()
    desk.force_login(get_user_model().objects.get_or_create(username="ada")[0])
    form = {"balances": "USD=1", "fill_models": "replayed", **typed}

    assert desk.post(reverse("sweep_run"), form).status_code in {302, 422}
    assert desk.get(reverse("sweep_count"), form).status_code == 200
