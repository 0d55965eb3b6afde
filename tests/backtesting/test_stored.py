"""What is stored of a report gives the report again."""

from __future__ import annotations

import json

import pytest

from backtesting.engine.tables import ReplayTables
from backtesting.models import BacktestJob
from backtesting.runner import ReplayRequest, run_saved
from backtesting.stored import read_report, stored_report
from tests.backtesting.analysis.busy import busy_report
from tests.backtesting.jobs.markets import record, request


def test_a_report_is_read_from_its_own_values() -> None:
    report = busy_report()
    written = json.loads(json.dumps(report.as_json()))

    again = read_report(written, report.tables)

    assert again.as_json() == report.as_json()
    assert again.fee_rates == report.fee_rates
    assert again.config == report.config


def test_a_report_without_any_event_has_no_times() -> None:
    values = busy_report().as_json() | {"started_at": None, "finished_at": None}

    assert read_report(values, busy_report().tables).started_at is None


@pytest.mark.django_db(transaction=True)
def test_a_job_gives_the_report_that_its_replay_returned() -> None:
    record()
    number, report = run_saved(ReplayRequest.from_json(request()))
    job = BacktestJob.objects.get(pk=number)

    stored = stored_report(job)

    assert stored.as_json() == report.as_json()
    assert isinstance(stored.tables, ReplayTables)
    assert len(stored.tables.trades) == len(report.tables.trades)
