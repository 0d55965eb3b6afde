"""A command's own worker: jobs that it queues are worked on, whoever else is there."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from django.conf import settings
from django.core.management.base import CommandError

from backtesting.management.children import WORKER, Child
from backtesting.models import WorkerHeartbeat

if TYPE_CHECKING:
    from types import FrameType

# Time for a running job to be put back into the queue.
WORKER_GRACE_S: Final = 15.0


class OwnWorker:
    """Started when it is first needed and no other is alive, and stopped at the end of the block.

    A SIGTERM ends the block as Ctrl-C does. What the worker has to say is in `log`.
    """

    def __init__(self) -> None:
        self.log = Path(settings.DATA_DIR) / "worker.log"
        self._child: Child | None = None
        self._handlers: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self._handle(signal.SIGTERM, _interrupt)
        return self

    def __exit__(self, *_: object) -> None:
        self._handle(signal.SIGTERM, signal.SIG_IGN)
        self._handle(signal.SIGINT, signal.SIG_IGN)  # impatience would leave a part of it behind
        try:
            if self._child:
                self._child.stop(WORKER_GRACE_S)
        finally:
            for number, handler in self._handlers.items():
                signal.signal(number, handler)

    def see_to_it(self) -> None:
        """Start the worker where nobody works; raise CommandError where ours has ended."""
        if self._child is None:
            if not WorkerHeartbeat.objects.alive().exists():
                with self.log.open("wb") as output:
                    self._child = Child(WORKER, output)
        elif self._child.has_ended():
            said = self.log.read_text(errors="replace").strip().splitlines()
            raise CommandError(f"the worker ended by itself: {said[-1] if said else 'no word'}")

    def _handle(self, number: signal.Signals, handler: Any) -> None:
        if threading.current_thread() is threading.main_thread():
            self._handlers.setdefault(number, signal.getsignal(number))
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
