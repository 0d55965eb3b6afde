"""Log lines: one an event, whoever tries to make two of them."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest

from config.logs import JsonLines, Words, working_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

FORGED = 'x\r\n{"level": "error", "message": "forged"}\n'


def record(message: str, *, failing: bool = False) -> logging.LogRecord:
    error = ValueError(FORGED)
    trouble = (ValueError, error, None) if failing else None
    return logging.LogRecord("app", logging.WARNING, "", 0, message, None, trouble)


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """Return what the site logs of requests, as its handler would write it."""
    found: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(JsonLines().format(record))

    handler = Kept()
    logger = logging.getLogger("django.request")
    logger.addHandler(handler)
    yield found
    logger.removeHandler(handler)


def test_a_line_says_when_what_where_and_whose_work() -> None:
    with working_on(job=7):
        line = json.loads(JsonLines().format(record("slow")))

    assert line.pop("time").endswith("+00:00")
    assert line == {"level": "warning", "logger": "app", "message": "slow", "job": 7}


def test_work_that_has_ended_is_named_no_more() -> None:
    with working_on(job=7), working_on(request="a"):
        pass

    assert "job" not in json.loads(JsonLines().format(record("later")))


@pytest.mark.parametrize("failing", [False, True])
def test_no_message_makes_two_lines(*, failing: bool) -> None:
    line = JsonLines().format(record(FORGED, failing=failing))

    assert len(line.splitlines()) == 1
    assert json.loads(line)["message"] == FORGED


def test_a_person_reads_words_in_one_line_too() -> None:
    with working_on(job=7):
        line = Words().format(record(FORGED))

    assert len(line.splitlines()) == 1
    assert "warning [job 7] x\\r\\n" in line


def test_an_address_cannot_forge_a_line_and_bears_the_id_of_its_answer(
    client: Client, lines: list[str]
) -> None:
    response = client.get("/nowhere%0d%0aforged", headers={"Cookie": "sessionid=canary"})

    [line] = [json.loads(line) for line in lines]
    assert len(lines[0].splitlines()) == 1
    assert line["request"] == response.headers["X-Request-ID"]
    assert "canary" not in lines[0]
