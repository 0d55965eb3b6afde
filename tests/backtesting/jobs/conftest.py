from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backtesting.jobs import BacktestJobRepository
from tests.backtesting.jobs import odd_works

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import Settings

    from backtesting.models import BacktestJob
    from tests.backtesting.jobs.odd_works import Work


@pytest.fixture
def odd(settings: Settings) -> Callable[[Work], BacktestJob]:
    """Return what queues a job with a work of the test's own."""
    settings.JOB_KINDS = settings.JOB_KINDS | {"odd": f"{odd_works.__name__}.odd"}

    def queue(work: Work) -> BacktestJob:
        odd_works.works["odd"] = work
        return BacktestJobRepository().submit("odd", None, {})

    return queue
