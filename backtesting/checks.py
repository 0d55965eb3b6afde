"""Refuse settings of the queue under which jobs would be lost, doubled or stuck."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.checks import Error, register

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SOONEST_S = 0.1
_MOST_TASKS = 500
# What the environment may set, under its name there.
_VARIABLES = {"workers": "JOB_WORKERS", "timeout": "JOB_TIMEOUT_S", "max_rss": "JOB_MAX_RSS_KB"}
# (identifier, name, what it must be, why)
_RULES: tuple[tuple[str, str, Callable[[Any], bool], str], ...] = (
    ("E001", "orm", lambda value: value == "default",
     'it must be "default": a job and its doorbell are written in one transaction'),
    ("E002", "workers", lambda value: value in (1, 2),
     "it must be 1 or 2; run more of `runworker` for more"),
    ("E004", "bulk", lambda value: value == 1, "it must be 1: what is fetched early waits locked"),
    ("E005", "poll", lambda value: _SOONEST_S <= value <= 1, "it must lie from 0.1 to 1 second"),
    ("E006", "timeout", lambda value: type(value) is int and value > 0,
     "it must be whole seconds, or a task never ends"),
    ("E008", "ack_failures", lambda value: value is True,
     "it must be True, or a failed task comes back for ever"),
    ("E009", "max_attempts", lambda value: value == 1,
     "it must be 1: jobs count their own attempts"),
    ("E010", "save_limit", lambda value: value == -1,
     "it must be -1: results are unsigned pickles that nobody needs"),
    ("E011", "guard_cycle", lambda value: value in (0.25, 0.5, 1),
     "it must be 0.5, 0.25 or 1: with others a timeout is never noticed"),
    ("E012", "catch_up", lambda value: value is False,
     "it must be False, or a cluster that was off repeats what it missed"),
    ("E013", "recycle", lambda value: 0 < value <= _MOST_TASKS, "it must lie from 1 to 500 tasks"),
    ("E014", "max_rss", lambda value: bool(value) and value > 0,
     "it must be set, in kilobytes, or a worker never gives memory back"),
)  # fmt: skip


@register()
def check_queue(**_options: Any) -> list[Error]:
    """Return an error for every unsafe setting, with the remedy."""
    return list(_errors(settings.Q_CLUSTER))


def _errors(queue: dict[str, Any]) -> Iterator[Error]:
    for identifier, name, is_safe, remedy in _RULES:
        if not _holds(is_safe, queue.get(name)):
            variable = f", set by {_VARIABLES[name]}," if name in _VARIABLES else ""
            found = f"Q_CLUSTER[{name!r}]{variable} is {queue.get(name)!r}"
            yield _error(identifier, found, remedy)
    if queue.get("queue_limit") != queue.get("workers"):
        found = f"Q_CLUSTER['queue_limit'] is {queue.get('queue_limit')!r}"
        yield _error("E003", found, "it must equal 'workers': more would wait locked")
    if not _holds(lambda retry: retry >= queue["timeout"] + 60, queue.get("retry")):
        found = f"Q_CLUSTER['retry'] is {queue.get('retry')!r}"
        yield _error("E007", found, "it must be 'timeout' and 60 more, or tasks run twice")
    if not settings.JOB_LEASE_S >= settings.JOB_HANG_S + 10:
        found = f"JOB_LEASE_S is {settings.JOB_LEASE_S} and JOB_HANG_S {settings.JOB_HANG_S}"
        yield _error("E015", found, "a lease must outlast the detection of a hang by 10 seconds")
    if settings.JOB_RETENTION_DAYS < 0:
        found = f"JOB_RETENTION_DAYS is {settings.JOB_RETENTION_DAYS}"
        yield _error("E016", found, "it must be 0, which keeps jobs for ever, or days from 1 on")


def _holds(is_safe: Callable[[Any], bool], value: Any) -> bool:
    try:
        return bool(is_safe(value))
    except (TypeError, KeyError):
        return False


def _error(identifier: str, found: str, remedy: str) -> Error:
    return Error(f"{found}: {remedy}.", id=f"backtesting.{identifier}")
