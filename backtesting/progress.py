"""How a job at work is heard of: its progress, its lease, and the wish to stop it.

While the engine runs, it calls in at least every 100 ms, and every 2 s that becomes a beat. Steps
that cannot call in - reading events, compiling - are vouched for by a thread, but only so long:
what hangs in one of them is found out like any other.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from typing import TYPE_CHECKING, Final

from django.db import DatabaseError, connection

from backtesting import failpoints
from backtesting.leases import JobCancelled, LeaseLost

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any, Self

    from backtesting.leases import Claim, JobLeases

logger = logging.getLogger(__name__)
BEAT_S: Final = 2.0
# As long as reading the largest recording may take; longer is taken for a hang.
VOUCHED_S: Final = 900.0
REPLAYING: Final = "replaying"


class JobProgress:
    """Called with the work done and in all; raises JobCancelled or LeaseLost to end the work."""

    def __init__(
        self,
        jobs: JobLeases,
        claim: Claim,
        *,
        show: Callable[[int, int], None] | None = None,
        every_s: float = BEAT_S,
    ) -> None:
        self._jobs, self._claim = jobs, claim
        self._show, self._every_s = show, every_s
        self._done = self._total = 0
        self._note, self._doing = "starting", REPLAYING
        self._next_beat = 0.0
        self._began: tuple[float, int] | None = None
        self._voucher: _Voucher | None = None
        self._ended: BaseException | None = None
        self._old_handler: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._old_handler = signal.signal(signal.SIGUSR1, self._raise)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._silence()
        if self._old_handler is not None:
            signal.signal(signal.SIGUSR1, self._old_handler)

    @property
    def job_id(self) -> int:
        """Return the job that this is the progress of."""
        return self._claim.job_id

    def call_it(self, doing: str) -> None:
        """Say what the work is that calls in."""
        self._doing = doing

    def step(self, note: str) -> None:
        """Begin a step that cannot call in; it ends with the next step, or with a call."""
        self._stop_vouching()
        self._note = note
        self._beat()
        # Within a transaction of the caller's, another connection could not see the job.
        if not connection.in_atomic_block:
            self._voucher = _Voucher(self._beat_aside, self._every_s)

    def __call__(self, done: int, total: int) -> None:
        self._done, self._total = done, total
        if self._note != self._doing:
            self._stop_vouching()
            self._note, self._next_beat = self._doing, 0.0
        failpoints.reach("mid_replay")
        now = time.monotonic()
        self._began = self._began or (now, done)
        if now >= self._next_beat:
            self._next_beat = now + self._every_s
            self._beat()
        if self._show:
            self._show(done, total)
        if done >= total:
            self.step("writing the report")

    def _beat(self) -> None:
        self._jobs.beat(self._claim, self._done, self._total, self._note, rate=self._rate())

    def _rate(self) -> float | None:
        """Return the work done a second since it began; None before that can be said."""
        if self._began is None:
            return None
        since, before = self._began
        passed = time.monotonic() - since
        return (self._done - before) / passed if passed > 0 and self._done > before else None

    def _stop_vouching(self) -> None:
        self._silence()
        if self._ended:
            raise self._ended

    def _silence(self) -> None:
        voucher, self._voucher = self._voucher, None
        if voucher:
            voucher.stop()

    def _beat_aside(self) -> None:
        """Beat in the voucher's thread; interrupt the work where it has to stop."""
        try:
            self._beat()
        except (JobCancelled, LeaseLost) as ended:
            self._ended = ended
            if self._old_handler is not None:
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)
            raise

    def _raise(self, number: int, frame: Any) -> None:
        if self._ended:
            raise self._ended


class _Voucher:
    """A thread that beats for a step that cannot, up to VOUCHED_S."""

    def __init__(self, beat: Callable[[], None], every_s: float) -> None:
        self._beat, self._every_s = beat, every_s
        self._over = threading.Event()
        self._until = time.monotonic() + VOUCHED_S
        self._thread = threading.Thread(target=self._run, name="voucher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._over.wait(self._every_s) and time.monotonic() < self._until:
                self._beat()
        except (JobCancelled, LeaseLost):
            pass  # the work itself is told
        except DatabaseError:
            logger.exception("a beat could not be written; the lease will run out")
        finally:
            connection.close()
