"""`runworker` prints nothing: what it says goes to standard error, as all words do."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_its_words_need_no_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backtesting.supervisor.Supervisor.run", lambda _: None)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    out, err = io.StringIO(), io.StringIO()

    call_command("runworker", stdout=out, stderr=err)

    assert out.getvalue() == ""
    assert err.getvalue().splitlines() == [
        "The worker is at work; Ctrl-C stops it.",
        "The worker has stopped.",
    ]
