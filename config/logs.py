"""Logs: one event a line, JSON for machines, words for a terminal; whose work it was in each.

No line break, cookie or body gets into a line: only what code of ours or Django's chose to say.
"""

from __future__ import annotations

import json
import logging
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from django.http import HttpRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from django.http import HttpResponse

    Respond = Callable[[HttpRequest], HttpResponse]

REQUEST_ID: Final = "backtest.request_id"
_work: Final[ContextVar[Mapping[str, str | int]]] = ContextVar("work", default={})  # noqa: B039 - never changed in place


@contextmanager
def working_on(**names: str | int) -> Iterator[None]:
    """Put names such as `job=7` into every line that is logged meanwhile."""
    token = _work.set({**_work.get(), **names})
    try:
        yield
    finally:
        _work.reset(token)


def request_ids(get_response: Respond) -> Respond:
    """Give every request an id, in its log lines and in X-Request-ID of the answer."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request_id = uuid4().hex[:16]
        request.META[REQUEST_ID] = request_id
        with working_on(request=request_id):
            response = get_response(request)
        response.headers["X-Request-ID"] = request_id
        return response

    return middleware


class JsonLines(logging.Formatter):
    """One JSON object a line; JSON escapes what could break the line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_whose(record),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


class Words(logging.Formatter):
    """One line of words for a person; tracebacks stay as they are, messages stay in their line."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        message = record.getMessage().replace("\r", "\\r").replace("\n", "\\n")
        work = "".join(f" [{name} {value}]" for name, value in _whose(record).items())
        line = f"{time} {record.levelname.lower()}{work} {message}"
        if record.exc_info:
            line = f"{line}\n{self.formatException(record.exc_info)}"
        return line


def make_formatter() -> logging.Formatter:
    """Return words where standard error is a terminal, JSON lines everywhere else."""
    return Words() if sys.stderr.isatty() else JsonLines()


def _whose(record: logging.LogRecord) -> Mapping[str, str | int]:
    """Return whose work a line is of; Django speaks of an answer once all middleware is done."""
    request = getattr(record, "request", None)
    if isinstance(request, HttpRequest) and REQUEST_ID in request.META:
        return {**_work.get(), "request": request.META[REQUEST_ID]}
    return _work.get()
