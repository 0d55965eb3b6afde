"""Stored sweeps as the pages read them: only what a user may see, figures unpacked once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.http import Http404

from backtesting.analysis.sweeps.digest import SweepDigest, digest_of
from backtesting.models import BacktestJob
from backtesting.search.packing import PackingError
from backtesting.sweeps.storage import stored_sweep
from backtesting.views.stored import find_job

if TYPE_CHECKING:
    from django.http import HttpRequest

    from backtesting.models import JobReport
    from backtesting.search.artifacts import SweepArtifacts

KIND: Final = "sweep"
_MOST_BYTES: Final = 256 * 1024**2
_NEEDED: Final = frozenset({"axes", "base", "options", "splits", "sets"})


class DigestCache:
    """Digests by their report's hash, the last used first, up to so many bytes."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[str, tuple[SweepDigest, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, job: BacktestJob, report: JobReport) -> SweepDigest:
        """Return the digest of a completed sweep; raise PackingError where it cannot be read."""
        with self._lock:
            if (kept := self._kept.get(report.sha256)) is not None:
                self._kept.move_to_end(report.sha256)
                return kept[0]
        digest = digest_of(_without_buckets(stored_sweep(job)))
        with self._lock:
            self._kept[report.sha256] = digest, _bytes_of(digest.artifacts)
            while len(self._kept) > 1 and self._size() > self._most_bytes:
                self._kept.popitem(last=False)
        return digest

    def _size(self) -> int:
        return sum(size for _, size in self._kept.values())


cache: Final = DigestCache()


def find_sweep(request: HttpRequest, pk: int) -> BacktestJob:
    """Return the job of a sweep with its report; 404 for another user's and for other kinds."""
    job = find_job(request, pk)
    if job.kind != KIND:
        raise Http404(f"job {pk} is no sweep")
    return job


def sweep_report(job: BacktestJob) -> JobReport | None:
    """Return the report of a sweep that is completed; None where there is none to show."""
    if job.status != BacktestJob.Status.COMPLETED:
        return None
    report: JobReport | None = getattr(job, "report", None)
    return report if report is not None and set(report.payload) >= _NEEDED else None


def find_digest(request: HttpRequest, pk: int) -> tuple[BacktestJob, SweepDigest]:
    """Return a completed sweep; 404 where there is none that the user may see and we can read."""
    job = find_sweep(request, pk)
    report = sweep_report(job)
    if report is None:
        raise Http404(f"sweep {pk} has no result")
    try:
        return job, cache.get(job, report)
    except PackingError as error:
        raise Http404(str(error)) from error


def check_index(digest: SweepDigest, index: int) -> int:
    """Return the index of a set that is there; raise Http404 for any other."""
    if index >= len(digest.order):
        raise Http404(f"there is no set {index}")
    return index


def file_name(job: BacktestJob) -> str:
    """Return what a download is called: synthetic data says so wherever it ends up."""
    return f"sweep-{job.pk}-synthetic" if job.synthetic else f"sweep-{job.pk}"


def _without_buckets(artifacts: SweepArtifacts) -> SweepArtifacts:
    """Return the sweep without the P&L by time bucket, nine tenths of its bytes."""
    none = np.empty((len(artifacts), 0))
    figures = [replace(window, buckets=none) for window in artifacts.part.figures]
    return replace(artifacts, part=replace(artifacts.part, figures=figures))


def _bytes_of(artifacts: SweepArtifacts) -> int:
    part = artifacts.part
    tables: list[Any] = [part.trades, *(one.summaries for one in part.figures)]
    # A set of the grid is an object of about half a kilobyte.
    return sum(int(table.nbytes) for table in tables) + 512 * len(artifacts)
