"""Promotions, trials and chunks in the admin: to be looked at, never changed by hand."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from backtesting.models import Promotion, SweepChunk, TrialEntry
from backtesting.sweeps.promotions import promote
from tests.backtesting.sweep_samples import artifacts_of, completed_sweep

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", ["promotion", "trialentry", "sweepchunk"])
def test_rows_are_listed_and_shown_and_cannot_be_changed(model: str) -> None:
    root = get_user_model().objects.create_superuser("root")
    client = Client()
    client.force_login(root, backend="django.contrib.auth.backends.ModelBackend")
    job = completed_sweep()
    artifacts = artifacts_of()
    promote(job, artifacts, artifacts.results[0], root, note="why", is_confirmed=True)
    TrialEntry.objects.create(fingerprint="f" * 64, count=2, trials=b"12345", job=job)
    SweepChunk.objects.create(job=job, number=0, slices=[[0, 0, 4]], sets=4, code="c", result=b"1")
    keys = {
        "promotion": Promotion.objects.get().pk,
        "trialentry": TrialEntry.objects.get().pk,
        "sweepchunk": SweepChunk.objects.get().pk,
    }
    pk = keys[model]

    listed = client.get(reverse(f"admin:backtesting_{model}_changelist"))
    shown = client.get(reverse(f"admin:backtesting_{model}_change", args=[pk]))

    assert listed.status_code == shown.status_code == 200
    assert "Save" not in shown.content.decode()
    assert client.get(reverse(f"admin:backtesting_{model}_add")).status_code == 403
    assert client.get(reverse(f"admin:backtesting_{model}_delete", args=[pk])).status_code == 403
