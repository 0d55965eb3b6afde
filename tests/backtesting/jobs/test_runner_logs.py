"""What a worker writes down of its jobs, for whoever looks for one of them."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from backtesting import runner, working
from backtesting.jobs import JobResult
from backtesting.replay import ReplayError
from backtesting.runner import backtest_worker
from config.logs import JsonLines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from backtesting.models import BacktestJob
    from backtesting.progress import JobProgress
    from tests.backtesting.jobs.odd_works import Work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def log_lines() -> Iterator[list[dict[str, Any]]]:
    """Return what the runner logs, as it is written for machines."""
    found: list[dict[str, Any]] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(json.loads(JsonLines().format(record)))

    handler = Kept()
    working.logger.addHandler(handler)
    yield found
    working.logger.removeHandler(handler)


def test_every_line_logged_of_a_job_bears_its_number(
    odd: Callable[[Work], BacktestJob], log_lines: list[dict[str, Any]]
) -> None:
    def work(*_: object) -> JobResult:
        raise ReplayError("nothing to replay")

    job = odd(work)

    backtest_worker()

    said = [line["message"] for line in log_lines]
    assert said == ["attempt 1, odd", "failed: refused, nothing to replay"]
    assert {line["job"] for line in log_lines} == {job.pk}


def test_a_bug_is_logged_with_its_traceback_and_the_number_of_the_job(
    odd: Callable[[Work], BacktestJob], log_lines: list[dict[str, Any]]
) -> None:
    def work(values: Mapping[str, Any], _: JobProgress) -> JobResult:
        return JobResult(payload=values["nothing"])

    job = odd(work)

    with pytest.raises(KeyError):
        backtest_worker()

    assert log_lines[-1]["job"] == job.pk
    assert "KeyError: 'nothing'" in log_lines[-1]["traceback"]


def test_an_engine_that_cannot_be_compiled_does_not_end_the_worker(
    monkeypatch: pytest.MonkeyPatch, log_lines: list[dict[str, Any]]
) -> None:
    def fail() -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(working, "compile_engine", fail)

    runner.prepare_worker()

    assert "no space left" in log_lines[0]["traceback"]
