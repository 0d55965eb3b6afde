"""Every setting that would lose, double or stall jobs is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from backtesting.checks import check_queue

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings


def identifiers() -> list[str | None]:
    return [error.id for error in check_queue()]


def test_the_settings_as_they_come_are_safe() -> None:
    assert identifiers() == []


@pytest.mark.parametrize(
    ("name", "value", "identifier"),
    [
        ("orm", "other", "E001"),
        ("workers", 8, "E002"),
        ("queue_limit", 4, "E003"),
        ("bulk", 10, "E004"),
        ("poll", 30, "E005"),
        ("timeout", 10.5, "E006"),
        ("timeout", None, "E006"),
        ("retry", 60, "E007"),
        ("ack_failures", False, "E008"),
        ("max_attempts", 0, "E009"),
        ("save_limit", 250, "E010"),
        ("guard_cycle", 0.2, "E011"),
        ("catch_up", True, "E012"),
        ("recycle", 0, "E013"),
        ("max_rss", None, "E014"),
    ],
)
def test_an_unsafe_setting_is_refused(
    settings: Settings, name: str, value: Any, identifier: str
) -> None:
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, name: value}

    assert f"backtesting.{identifier}" in identifiers()


def test_a_setting_that_is_left_out_is_refused(settings: Settings) -> None:
    for name in ("ack_failures", "max_attempts", "retry", "timeout", "catch_up"):
        settings.Q_CLUSTER = {k: v for k, v in settings.Q_CLUSTER.items() if k != name}

    assert len(identifiers()) == 5


def test_what_the_environment_sets_is_named_as_it_is_there(settings: Settings) -> None:
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "workers": 3, "queue_limit": 3}

    assert [error.msg for error in check_queue()] == [
        (
            "Q_CLUSTER['workers'], set by JOB_WORKERS, is 3: it must be 1 or 2; "
            "run more of `runworker` for more."
        )
    ]


@pytest.mark.parametrize(("days", "found"), [(-1, ["backtesting.E016"]), (0, []), (1, [])])
def test_jobs_are_not_removed_before_they_end(
    settings: Settings, days: int, found: list[str]
) -> None:
    settings.JOB_RETENTION_DAYS = days

    assert identifiers() == found


def test_a_lease_outlasts_the_detection_of_a_hang(settings: Settings) -> None:
    settings.JOB_LEASE_S = settings.JOB_HANG_S

    assert identifiers() == ["backtesting.E015"]
