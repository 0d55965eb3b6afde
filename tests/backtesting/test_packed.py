"""Reports as packed bytes: the same values come back, also those stored before as plain JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core import serializers
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from backtesting.models import JobReport
from backtesting.packed import pack, unpack
from tests.factories.backtesting import claim, repository, result, submit

pytestmark = pytest.mark.django_db
VALUES: dict[str, Any] = {"pnl": 0.1 + 0.2, "b": None, "a": ["\u20ac", 2**70, True], "": {}}


def stored(payload: dict[str, Any]) -> JobReport:
    jobs = repository()
    job = submit(jobs)
    jobs.store_report(claim(jobs), type(result())(payload=payload))
    return JobReport.objects.get(job=job)


def test_what_is_packed_comes_back_in_its_order() -> None:
    assert list(unpack(pack(VALUES)).items()) == list(VALUES.items())


def test_a_report_comes_back_from_the_database() -> None:
    report = stored(VALUES)

    assert report.payload == VALUES
    assert JobReport.objects.values_list("payload", flat=True).get() == VALUES


def test_what_json_has_no_word_for_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        pack({"pnl": float("nan")})


def test_a_report_can_be_dumped_and_loaded() -> None:
    report = stored(VALUES)

    text = serializers.serialize("json", [report])
    [loaded] = serializers.deserialize("json", text)

    found: Any = loaded.object
    assert found.payload == VALUES
    assert json.loads(text)[0]["pk"] == report.pk


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_reports_that_were_stored_as_json_are_taken_over() -> None:
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes("backtesting")
    try:
        before = MigrationExecutor(connection).migrate([("backtesting", "0001_jobs")]).apps
        job = before.get_model("backtesting", "BacktestJob").objects.create(
            kind="replay", request={}
        )
        before.get_model("backtesting", "JobReport").objects.create(
            job=job, attempt=1, payload=VALUES
        )
    finally:
        MigrationExecutor(connection).migrate(latest)

    assert JobReport.objects.get().payload == VALUES
