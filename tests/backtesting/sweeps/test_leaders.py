"""The best sets so far, from the chunks of a sweep that still runs."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from backtesting.models import BacktestJob, SweepChunk
from backtesting.search.figures import PartResult
from backtesting.search.packing import pack_part
from backtesting.sweeps import leaders as sweep_leaders
from backtesting.sweeps.leaders import LeaderCache
from tests.backtesting.sweep_samples import SETS, artifacts_of, sweep_request
from tests.factories.backtesting import BacktestJobFactory

if TYPE_CHECKING:
    from django.contrib.auth.models import User

pytestmark = pytest.mark.django_db
OPTIONS = sweep_request().options


def part_of(first: int, stop: int) -> bytes:
    part = artifacts_of().part
    rows = slice(first, stop)
    return pack_part(
        PartResult(
            indexes=np.arange(first, stop),
            groups=part.groups[rows],
            figures=[
                replace(one, **{name.name: getattr(one, name.name)[rows] for name in fields(one)})
                for one in part.figures
            ],
            facts=part.facts,
            trades=part.trades[rows],
        )
    )


def running(owner: User | None = None, *, done: int, chunks: int = 6) -> BacktestJob:
    """Make a running sweep in chunks of four sets, so many of them done."""
    job: BacktestJob = BacktestJobFactory.create(
        running=True, kind="sweep", owner=owner, request=sweep_request().as_json()
    )
    for number in range(chunks):
        result = part_of(4 * number, 4 * number + 4) if number < done else None
        SweepChunk.objects.create(
            job=job, number=number, slices=[], sets=4, code="c", result=result
        )
    return job


def test_the_best_in_train_of_the_finished_chunks_lead() -> None:
    found = LeaderCache().leaders(running(done=3).pk, OPTIONS)

    assert found
    assert (found.read, found.chunks) == (3, 6)
    expected = [index for index in artifacts_of().order.tolist() if index < 12]
    assert [one.index for one in found.best] == expected[: sweep_leaders.SHOWN]
    assert found.best[0].train_score == artifacts_of().scores(0)[expected[0]]


def test_a_look_reads_a_few_chunks_and_the_next_one_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sweep_leaders, "_CHUNKS_A_LOOK", 2)
    job, cache = running(done=6), LeaderCache()

    read = [found.read for _ in range(4) if (found := cache.leaders(job.pk, OPTIONS))]

    assert read == [2, 4, 6, 6]
    last = cache.leaders(job.pk, OPTIONS)
    assert last
    assert last.best[0].index == artifacts_of().order[0]
    assert SETS == 24


def test_without_chunks_there_are_none_and_damaged_ones_are_left_out() -> None:
    assert LeaderCache().leaders(running(done=0, chunks=0).pk, OPTIONS) is None
    job = running(done=1)
    SweepChunk.objects.filter(job=job, number=1).update(result=b"damaged")

    found = LeaderCache().leaders(job.pk, OPTIONS)

    assert found
    assert len(found.best) == 4


def test_the_live_page_shows_them() -> None:
    trader = get_user_model().objects.create_user("ada")
    job = running(trader, done=2)
    client = Client()
    client.force_login(trader)

    page = client.get(reverse("sweep", args=[job.pk])).content.decode()

    assert "The best in train so far" in page
    assert "From 2 of 6 parts" in page
    assert "profit threshold 5 bps · trade capital 50 USD" in page
