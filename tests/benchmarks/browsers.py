"""Browsers that poll, as little of one as that takes: the machine is wanted for what they ask."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tests.benchmarks.workbench import BenchmarkError

if TYPE_CHECKING:
    from collections.abc import Sequence

_PATH: Final = "/dashboard/fragment/backtesting/live"
_LENGTH: Final = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_TAG: Final = re.compile(rb"(?i)\r\netag: *([^\r]+)")
_KNOWN: Final = (200, 304)


@dataclass(slots=True, kw_only=True)
class Polled:
    """How long each poll took, and over how long they were counted."""

    duration_s: float
    seconds: list[float] = field(default_factory=list)

    @property
    def per_s(self) -> float:
        return len(self.seconds) / self.duration_s


def poll(port: int, sessions: Sequence[str], *, pause_s: float, duration_s: float) -> Polled:
    """Poll with every session each `pause_s`, evenly spread; count for `duration_s`.

    A first round, in which connections are made, is not counted. Raises BenchmarkError for an
    answer that no browser should get.
    """
    polled = Polled(duration_s=duration_s)
    asyncio.run(_poll_all(port, sessions, pause_s, polled))
    return polled


async def _poll_all(port: int, sessions: Sequence[str], pause_s: float, polled: Polled) -> None:
    begin = time.monotonic() + pause_s
    async with asyncio.TaskGroup() as group:
        for at, session in enumerate(sessions):
            first = begin - pause_s + pause_s * at / len(sessions)
            group.create_task(_browse(port, session, first, pause_s, begin, polled))


async def _browse(
    port: int, session: str, first: float, pause_s: float, begin: float, polled: Polled
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    tag, due, asked = b"", first, 0.0
    try:
        # However slow it is: nobody leaves without having been counted.
        while due < begin + polled.duration_s or asked < begin:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            asked = time.monotonic()
            writer.write(_request(port, session, tag))
            tag = await _answer(reader)
            if asked >= begin:
                polled.seconds.append(time.monotonic() - asked)
            due = max(due + pause_s, time.monotonic())
    finally:
        writer.close()


def _request(port: int, session: str, tag: bytes) -> bytes:
    known = b"If-None-Match: " + tag + b"\r\n" if tag else b""
    head = (
        f"GET {_PATH} HTTP/1.1\r\nHost: localhost:{port}\r\nHX-Request: true\r\n"
        f"Cookie: sessionid={session}\r\n"
    )
    return head.encode() + known + b"\r\n"


async def _answer(reader: asyncio.StreamReader) -> bytes:
    """Read an answer to its end and return its tag."""
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1])
    if status not in _KNOWN:
        raise BenchmarkError(f"a poll was answered with {status}")
    length = _LENGTH.search(head)
    if length and status != 304:
        await reader.readexactly(int(length[1]))
    tag = _TAG.search(head)
    return tag[1] if tag else b""
