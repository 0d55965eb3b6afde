"""How quick the queue and the pages are, with as many jobs as years bring together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.benchmarks.timing import percentile

if TYPE_CHECKING:
    from tests.benchmarks.workbench import Workbench

_SUBMITS: Final = 200
_CLAIMS: Final = 500
_PAGES: Final = 60
_LISTS: Final = 15
_STORES: Final = 3


def submit_ms(bench: Workbench) -> float:
    """Median time of `BacktestJobRepository.submit`, its ring of the bell included.

    With 10,000 jobs in the queue and 90,000 behind it; in milliseconds, committed.
    """
    taken: list[float] = bench.busy.probe(f"submit_seconds({bench.times(_SUBMITS)})")
    return 1000 * percentile(taken, 50)


def claim_ms_p95(bench: Workbench) -> float:
    """95th percentile of the time of `BacktestJobRepository.claim`, in the same database.

    Each claim is committed, and its job completed before the next one.
    """
    taken: list[float] = bench.busy.probe(f"claim_seconds({bench.times(_CLAIMS)})")
    return 1000 * percentile(taken, 95)


def panel_ms(bench: Workbench) -> float:
    """Median time that the server takes for the desk's panel, with 100,000 jobs.

    The whole way through middleware, queries and templates, for a user who may see all jobs.
    """
    taken: list[float] = bench.busy.probe(f"panel_seconds({bench.times(_PAGES)})")
    return 1000 * percentile(taken, 50)


def history_ms(bench: Workbench) -> float:
    """Median time that the server takes for a page in the middle of the history of 100,000 jobs.

    Reached by the key of the page before, as its link is; measured as `panel_ms`.
    """
    taken: list[float] = bench.busy.probe(f"history_seconds({bench.times(_PAGES)})")
    return 1000 * percentile(taken, 50)


def admin_list_ms(bench: Workbench) -> float:
    """Median time that the server takes for the admin's list of 100,000 jobs.

    Unfiltered, by status, by number, by a part of a name: the slowest of the four. As `panel_ms`.
    """
    taken: list[list[float]] = bench.busy.probe(f"admin_seconds({bench.times(_LISTS)})")
    return 1000 * max(percentile(one, 50) for one in taken)


def refusal_ms(bench: Workbench) -> float:
    """Median time in which a sweep form of a billion sets is counted and refused, as `panel_ms`."""
    taken: list[float] = bench.busy.probe(f"refusal_seconds({bench.times(_PAGES)})")
    return 1000 * percentile(taken, 50)


def store_report_s(bench: Workbench) -> float:
    """Best time in which a report of 20 MB is stored with the completion of its job."""
    taken: list[float] = bench.busy.probe(f"store_seconds({bench.times(_STORES)})")
    return min(taken)
