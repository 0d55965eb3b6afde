"""The table of a sweep's sets: filtered, sorted, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from backtesting.analysis.sweeps.digest import FIGURES
from backtesting.search.artifacts import SweepResults

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from backtesting.analysis.sweeps.digest import SweepDigest
    from backtesting.search.artifacts import SweepResult

PER_PAGE: Final = 25
VERDICTS: Final = ("ready", "robust", "traded", "promoted")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetsAsked:
    """Which sets, in which order: `sort` a figure, `rank` or an axis, "-" before it for falling.

    `at` holds places on axes by name.
    """

    verdict: str = ""
    at: Mapping[str, int] = field(default_factory=dict)
    sort: str = "rank"
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SetsPage:
    """One page: `count` sets match in all."""

    results: tuple[SweepResult, ...]
    count: int
    page: int
    pages: int


def sets_page(digest: SweepDigest, asked: SetsAsked, promoted: set[int]) -> SetsPage:
    """Return a page of the sets asked for; a page that is not there is the last one."""
    found = _sorted(digest, _matching(digest, asked, promoted), asked.sort)
    pages = max(1, -(-len(found) // PER_PAGE))
    page = min(max(1, asked.page), pages)
    shown = found[(page - 1) * PER_PAGE : page * PER_PAGE]
    results = SweepResults(digest.artifacts, shown)[:]
    return SetsPage(results=tuple(results), count=len(found), page=page, pages=pages)


def _matching(digest: SweepDigest, asked: SetsAsked, promoted: set[int]) -> NDArray[np.int64]:
    keep = np.ones(len(digest.order), np.bool_)
    if asked.verdict == "ready":
        keep &= digest.ready
    elif asked.verdict == "robust":
        keep &= digest.robust
    elif asked.verdict == "traded":
        keep &= digest.columns["train_trades"] + digest.columns["test_trades"] > 0
    elif asked.verdict == "promoted":
        keep &= np.isin(np.arange(len(keep)), sorted(promoted))
    for axis in digest.axes:
        if axis.name in asked.at:
            keep &= axis.places == asked.at[axis.name]
    return digest.order[keep[digest.order]]


def _sorted(digest: SweepDigest, found: NDArray[np.int64], sort: str) -> NDArray[np.int64]:
    """Return the sets sorted; ties best first, what was not measured last in either direction."""
    name, is_falling = sort.removeprefix("-"), sort.startswith("-")
    keys = _keys(digest, name)
    if keys is None:
        return found[::-1] if is_falling and name == "rank" else found
    values = keys[found]
    order = np.argsort(-values if is_falling else values, kind="stable")
    return found[order]


def _keys(digest: SweepDigest, name: str) -> NDArray[np.float64] | None:
    if name in FIGURES:
        return digest.columns[name]
    if name == "verdict":
        return (digest.ready * 10 + digest.robust * 10 - digest.fails).astype(np.float64)
    axis = digest.axis(name)
    return None if axis is None else axis.places.astype(np.float64)
