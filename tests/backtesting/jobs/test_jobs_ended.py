"""States that have no way out, and states that the database itself refuses."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction

from backtesting.jobs import (
    CancelAnswer,
    LeaseLost,
    Reaped,
)
from backtesting.models import BacktestJob
from tests.factories.backtesting import (
    AT,
    BacktestJobFactory,
    claim,
    repository,
    result,
    submit,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from backtesting.jobs import BacktestJobRepository, Claim

pytestmark = pytest.mark.django_db
Status = BacktestJob.Status


def _complete(jobs: BacktestJobRepository, claimed: Claim) -> None:
    jobs.store_report(claimed, result())


def _fail(jobs: BacktestJobRepository, claimed: Claim) -> None:
    jobs.fail(claimed, "crashed", "so it goes")


def _cancel(jobs: BacktestJobRepository, claimed: Claim) -> None:
    jobs.cancel(claimed.job_id)
    jobs.cancelled(claimed)


@pytest.mark.parametrize("end", [_complete, _fail, _cancel])
def test_what_has_ended_is_never_touched_again(
    end: Callable[[BacktestJobRepository, Claim], None],
) -> None:
    jobs = repository()
    submit(jobs)
    claimed = claim(jobs)
    end(jobs, claimed)
    before = BacktestJob.objects.values().get()

    for attempted in (
        lambda: jobs.beat(claimed, 1, 2, ""),
        lambda: jobs.fail(claimed, "x", "y"),
        lambda: jobs.cancelled(claimed),
        lambda: jobs.requeue(claimed),
        lambda: jobs.store_report(claimed, type(result())(payload={})),
    ):
        with pytest.raises(LeaseLost):
            attempted()
    assert jobs.cancel(claimed.job_id) == CancelAnswer.TOO_LATE
    assert jobs.reap() == Reaped()
    assert jobs.put_back(["host:1"]) == 0
    assert jobs.claim("host:2") is None

    assert BacktestJob.objects.values().get() == before


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("end_when_finished", {"status": "dancing"}),
        ("leased_while_running", {"status": "running", "started_at": AT}),
        ("leased_while_running", {"lease_token": uuid.uuid4()}),
        ("end_when_finished", {"status": "completed"}),
        ("end_when_finished", {"finished_at": AT}),
        ("progress_within_total", {"progress_done": 2, "progress_total": 1}),
        ("cancel_is_kept", {"cancel_requested_at": AT}),
        ("cancel_is_kept", {"finished": True, "cancel_requested_at": AT}),
    ],
)
def test_the_database_itself_refuses_a_state_that_cannot_be(
    constraint: str, fields: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        BacktestJobFactory.create(**fields)
