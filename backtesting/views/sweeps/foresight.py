"""What a sweep form would search: how many sets, of which books, in about which time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from backtesting.analysis.sweeps.axes import texts_of, words_of
from backtesting.analysis.sweeps.estimate import Estimate, SweepWork, estimate, passes_of
from backtesting.engine.config import ConfigError
from backtesting.engine.report import ReplayError
from backtesting.inputs import foresee
from backtesting.models import BacktestJob
from backtesting.search.grid import SweepError
from backtesting.sweeps.limits import check_work
from backtesting.sweeps.requests import SweepRequest
from backtesting.views.run import no_fee_known
from marketdata.selection import SelectionError

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

    from backtesting.forms import SweepForm
    from backtesting.inputs import Foresight
    from backtesting.search.grid import SweepAxes

# Sweeps that a new one's time is judged by.
_EARLIER: Final = 5
_SHOWN: Final = 6


def count_context(user: AbstractBaseUser | AnonymousUser, form: SweepForm) -> dict[str, Any]:
    """Return the count of a form's sets, and what is foreseen of them; or the problem."""
    context: dict[str, Any] = {"counted": form, "problem": "", "foreseen": None}
    if not form.is_bound or not form.is_valid():
        return context
    wanted = form.sweep_request()
    context["axes"] = _axes_in_words(wanted)
    try:
        found = foresee(wanted.events, BacktestJob.objects.visible_to(user))
    except SelectionError as error:
        return context | {"problem": str(error)}
    if not found.recordings:
        return context | {
            "problem": "There is nothing of these symbols and times in what is chosen; choose "
            "another recording or time."
        }
    try:
        check_work(form.count, found.most_events)
    except SweepError as error:
        context["problem"] = str(error)
    else:
        context["problem"] = no_fee_known(found) if _takes_stored_fees(wanted) else ""
    return context | {"foreseen": found, "estimate": _estimate(wanted, form.count, found)}


def _takes_stored_fees(wanted: SweepRequest) -> bool:
    """Say whether every set trades all of the events' symbols, some at fees that are stored."""
    rates = wanted.axes.further.get("fee_rate", (wanted.replay.config.fee_rate,))
    return len(wanted.axes.universe) == 1 and 0.0 in rates


def _axes_in_words(wanted: SweepRequest) -> list[tuple[str, int, str]]:
    """Return each axis with more than one value: words, count, the first and last values."""
    quote = wanted.replay.config.quote_asset
    return [
        (words_of(name), len(values), _listed(texts_of(name, _ends(values), quote, ()), values))
        for name, values in wanted.axes.by_name().items()
        if len(values) > 1
    ]


def _ends(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return values if len(values) <= _SHOWN else (*values[: _SHOWN - 1], values[-1])


def _listed(texts: tuple[str, ...], values: tuple[Any, ...]) -> str:
    if len(texts) == len(values):
        return ", ".join(texts)
    return f"{', '.join(texts[:-1])} ... {texts[-1]}"


def _estimate(wanted: SweepRequest, count: int, found: Foresight) -> Estimate:
    work = SweepWork(
        events=found.most_events,
        sets=count,
        scans=_scans(wanted.axes),
        passes=passes_of(wanted.options),
    )
    done = BacktestJob.objects.filter(
        kind="sweep", status=BacktestJob.Status.COMPLETED, sets__gt=0, events__gt=0
    ).only("request", "sets", "events", "started_at", "finished_at")
    earlier = [one for job in done.newest()[:_EARLIER] if (one := _work_of(job))]
    return estimate(work, earlier)


def _work_of(job: BacktestJob) -> tuple[SweepWork, float] | None:
    """Return what a completed sweep had to do, and the seconds it took."""
    try:
        wanted = SweepRequest.from_json(job.request)
    except (SweepError, ReplayError, ConfigError):
        return None
    work = SweepWork(
        events=job.events or 0,
        sets=job.sets or 0,
        scans=_scans(wanted.axes),
        passes=passes_of(wanted.options),
    )
    return work, job.seconds_taken or 0.0


def _scans(axes: SweepAxes) -> int:
    """Return how many scans for candidates there are: one for each universe and fee."""
    return len(axes.universe) * len(axes.further.get("fee_rate", (None,)))
