from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backtesting.jobs import BacktestJobRepository
from tests.backtesting.jobs import cluster_settings, odd_works
from tests.backtesting.jobs.houses import House, open_house

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytest_django.fixtures import Settings

    from backtesting.models import BacktestJob
    from tests.backtesting.jobs.odd_works import Work


@pytest.fixture
def house(transactional_db: None, settings: Settings, tmp_path: Path) -> Iterator[House]:  # noqa: ARG001 - it has to come before us
    """Return a database that processes of the test's own share with it."""
    settings.JOB_KINDS = cluster_settings.JOB_KINDS
    with open_house(tmp_path) as opened:
        yield opened


@pytest.fixture
def odd(settings: Settings) -> Callable[[Work], BacktestJob]:
    """Return what queues a job with a work of the test's own."""
    settings.JOB_KINDS = settings.JOB_KINDS | {"odd": f"{odd_works.__name__}.odd"}

    def queue(work: Work) -> BacktestJob:
        odd_works.works["odd"] = work
        return BacktestJobRepository().submit("odd", None, {})

    return queue
