from __future__ import annotations

import numpy as np
import pytest

from backtesting.analysis.sweeps import table
from backtesting.analysis.sweeps.digest import FIGURES, SweepDigest, digest_of
from backtesting.analysis.sweeps.table import SetsAsked, sets_page
from tests.backtesting.sweep_samples import SETS, artifacts_of


@pytest.fixture
def digest() -> SweepDigest:
    return digest_of(artifacts_of())


def indexes(digest: SweepDigest, **asked: object) -> list[int]:
    found = sets_page(digest, SetsAsked(**asked), {3})  # type: ignore[arg-type]  # by name
    return [one.index for one in found.results]


def test_the_best_in_train_come_first(digest: SweepDigest) -> None:
    assert indexes(digest) == digest.order.tolist()


@pytest.mark.parametrize("figure", FIGURES)
def test_sets_are_sorted_by_any_figure_and_the_unmeasured_come_last(
    digest: SweepDigest, figure: str
) -> None:
    for sign, sort in ((1, figure), (-1, f"-{figure}")):
        values = digest.columns[figure][indexes(digest, sort=sort)]
        known = values[~np.isnan(values)]

        assert np.isnan(values[len(known) :]).all()
        assert (np.diff(known) * sign >= 0).all()


def test_sets_are_filtered_by_verdict_and_by_their_place_on_an_axis(digest: SweepDigest) -> None:
    assert set(indexes(digest, verdict="ready")) == set(np.flatnonzero(digest.ready).tolist())
    assert indexes(digest, verdict="robust") == []
    assert indexes(digest, verdict="promoted") == [3]
    universe = digest.axis("universe")
    assert universe
    found = indexes(digest, at={"universe": 1, "trade_capital": 0})
    assert len(found) == SETS // 4
    assert (universe.places[found] == 1).all()


def test_pages_follow_one_another(digest: SweepDigest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "PER_PAGE", 10)

    pages = [sets_page(digest, SetsAsked(page=page), set()) for page in (1, 2, 3, 99)]

    assert [len(page.results) for page in pages] == [10, 10, 4, 4]
    assert [page.page for page in pages] == [1, 2, 3, 3]
    assert {page.count for page in pages} == {SETS}
