"""Parts of a sweep: cut to be worth a worker's while, claimed once, finished once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.db.models.functions import Now

from backtesting.jobs import BacktestJobRepository
from backtesting.models import BacktestJob, SweepChunk
from backtesting.search import cutting
from backtesting.sweeps import chunks as sweep_chunks
from tests.backtesting.jobs.sweeps import one_by_one, submit_sweep

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db(transaction=True)
Status = BacktestJob.Status


def test_a_chunk_is_claimed_once_and_a_late_result_is_refused() -> None:
    job = running_job()
    sweep_chunks.lay_out(job.pk, [[(0, 0, 6)]])
    late = sweep_chunks.claim("a:1", job.pk)
    assert late is not None
    assert sweep_chunks.claim("b:2", job.pk) is None
    SweepChunk.objects.update(lease_expires_at="2020-01-01T00:00Z")
    again = sweep_chunks.claim("b:2", job.pk)
    assert again is not None

    for write in (lambda: sweep_chunks.finish(late, b"late"), lambda: sweep_chunks.beat(late)):
        with pytest.raises(sweep_chunks.ChunkLost):
            write()
    sweep_chunks.finish(again, b"done")

    assert list(sweep_chunks.results(job.pk)) == [b"done"]
    with pytest.raises(sweep_chunks.ChunkLost):
        sweep_chunks.finish(again, b"twice")


def test_two_workers_never_hold_one_chunk() -> None:
    job = running_job()
    sweep_chunks.lay_out(job.pk, [[(0, at, at + 1)] for at in range(30)])
    held: list[int] = []

    def take_all() -> None:
        try:
            while chunk := sweep_chunks.claim("somebody"):
                held.append(chunk.pk)
        finally:
            connection.close()

    in_threads(take_all, 4)

    assert len(held) == len(set(held)) == 30


def in_threads(work: Callable[[], None], count: int) -> None:
    if connection.vendor == "sqlite":  # in memory: one connection, which threads cannot share
        count = 1
    threads = [threading.Thread(target=work) for _ in range(count)]
    if count == 1:
        work()
        return
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def running_job() -> BacktestJob:
    job = submit_sweep()
    assert BacktestJobRepository().claim("a:1", job.pk)
    return job


def test_chunks_of_other_code_are_not_gone_on_from() -> None:
    job = running_job()
    sweep_chunks.lay_out(job.pk, [[(0, 0, 6)]])
    SweepChunk.objects.update(code="older", result=b"of older code")

    assert not sweep_chunks.resume(job.pk)


def test_what_is_left_of_ended_sweeps_is_swept_away() -> None:
    job = running_job()
    sweep_chunks.lay_out(job.pk, [[(0, 0, 6)]])
    BacktestJob.objects.filter(pk=job.pk).update(
        status=Status.FAILED, finished_at=Now(), lease_token=None, lease_expires_at=None
    )

    BacktestJobRepository().purge(0)

    assert not SweepChunk.objects.exists()


def test_small_groups_share_a_chunk_and_large_ones_are_cut() -> None:
    # A scan of 0.5 s and 0.01 s a set: 150 sets make 2 s, and so do two groups of 50.
    chunks = cutting.cut([300, 50, 50], 0.5, 0.01, 2.0)

    assert chunks == [[(0, 0, 150)], [(0, 150, 300)], [(1, 0, 50), (2, 0, 50)]]
    slices = [slice_ for chunk in chunks for slice_ in chunk]
    covered = [(group, at) for group, first, stop in slices for at in range(first, stop)]
    assert covered == [(group, at) for group, at, _ in one_by_one((300, 50, 50))]


def test_a_chunk_is_more_than_its_scan_however_long_that_is() -> None:
    # Four scans of 5 s, and as many sets as fit beside the one that it takes: 15 s at 0.1 s.
    assert cutting.cut([300], 5.0, 0.1, 2.0) == [[(0, 0, 150)], [(0, 150, 300)]]
