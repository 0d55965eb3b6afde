from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import pytest

from tests.backtesting.jobs import cluster_settings
from tests.backtesting.jobs.houses import House, open_house

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django.fixtures import Settings


@pytest.fixture
def house(transactional_db: None, settings: Settings, tmp_path: Path) -> Iterator[House]:  # noqa: ARG001 - it has to come before us
    """Return a database that processes of the test's own share with it."""
    settings.JOB_KINDS = cluster_settings.JOB_KINDS
    with open_house(tmp_path) as opened:
        yield opened


@pytest.fixture
def counted_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a test fail that makes a value of a range or a set of a grid: they are to be counted."""

    def make(*_: object, **__: object) -> NoReturn:
        raise AssertionError("it was to be counted, and was made")

    monkeypatch.setattr("backtesting.forms.ranges.ValueRange.values", make)
    monkeypatch.setattr("backtesting.search.grid.SweepParameters", make)
