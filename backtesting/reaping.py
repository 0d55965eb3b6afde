"""What becomes of jobs whose worker stopped or died: back to the queue, given up, or cancelled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from backtesting import failpoints
from backtesting.leases import FREE, JobLeases, Status
from backtesting.models import BacktestJob
from backtesting.writing import retrying

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from backtesting.leases import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaped:
    """How many jobs of dead workers went back to the queue, were given up, or were cancelled."""

    requeued: int = 0
    lost: int = 0
    cancelled: int = 0


class JobReaping(JobLeases):
    """The transitions that put a job back, or end it in place of its worker."""

    _ring: Callable[[], None]

    def requeue(self, claim: Claim) -> bool:
        """Put back a job whose attempt came to nothing; False if it was the last it had.

        Raises LeaseLost or JobCancelled where it is no longer ours to put back.
        """
        return retrying(lambda: self._requeue(claim))

    def _requeue(self, claim: Claim) -> bool:
        with transaction.atomic():
            ours = self._ours(claim).filter(cancel_requested_at=None)
            if self._put_back(ours.filter(attempt__lt=F("max_attempts")), attempt=F("attempt")):
                return True
            if ours.exists():
                return False
            raise self._why_not(claim)

    def put_back(self, workers: Collection[str]) -> int:
        """Put back the jobs of workers that we stopped ourselves, which costs no attempt.

        These workers must be known to be dead. Returns the number of jobs.
        """
        running = BacktestJob.objects.running().filter(worker__in=list(workers))
        with transaction.atomic():
            self._finish_cancelled(running)
            return self._put_back(running, attempt=F("attempt") - 1)

    def expire(self, workers: Collection[str]) -> int:
        """End the leases of workers that are known to be dead, for `reap` to see to their jobs."""
        return retrying(
            lambda: (
                BacktestJob.objects.running()
                .filter(worker__in=list(workers))
                .update(lease_expires_at=Now() - timedelta(seconds=1))
            )
        )

    def reap(self) -> Reaped:
        """See to the jobs whose worker was silent for the whole of its lease."""
        if not self._expired().exists():
            return Reaped()
        return retrying(self._reap)

    def _expired(self) -> Any:
        return BacktestJob.objects.running().filter(lease_expires_at__lt=Now())

    def _reap(self) -> Reaped:
        with transaction.atomic():
            cancelled = self._finish_cancelled(self._expired())
            lost = (
                self._expired()
                .filter(cancel_requested_at=None, attempt__gte=F("max_attempts"))
                .update(
                    status=Status.FAILED,
                    finished_at=Now(),
                    error_code="worker_lost",
                    error_detail="the worker was lost during each attempt; see the worker's log",
                    progress_note="",
                    **FREE,
                )
            )
            again = self._expired().filter(attempt__lt=F("max_attempts"))
            back = self._put_back(again, attempt=F("attempt"))
            failpoints.reach("in_reaper")
        return Reaped(requeued=back, lost=lost, cancelled=cancelled)

    def _finish_cancelled(self, running: Any) -> int:
        ended: int = running.filter(cancel_requested_at__isnull=False).update(
            status=Status.CANCELLED, finished_at=Now(), progress_note="", **FREE
        )
        return ended

    def _put_back(self, running: Any, *, attempt: Any) -> int:
        """Return jobs to the queue, where the oldest are first, and ring for each."""
        back: int = running.filter(cancel_requested_at=None).update(
            status=Status.QUEUED,
            attempt=attempt,
            started_at=None,
            worker="",
            progress_done=0,
            progress_total=0,
            progress_rate=None,
            progress_note="",
            **FREE,
        )
        for _ in range(back):
            self._ring()
        return back
