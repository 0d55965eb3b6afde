"""What the desk shows: the run form with what was recorded, and what runs and ran."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Exists

from backtesting.engine.config import ConfigError
from backtesting.engine.report import ReplayError
from backtesting.forms import BacktestRunForm
from backtesting.forms.choices import LATENCIES
from backtesting.forms.filling import balances_text, filled_from
from backtesting.models import BacktestJob, WorkerHeartbeat
from backtesting.requests import ReplayRequest
from marketdata.models import Recording
from marketdata.selectors import account_balances

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

RECENT: Final = 20
MOST_RECORDINGS: Final = 100
PAGE: Final = "backtesting/backtesting.html"
PANEL: Final = "partials/backtesting_panel.html"
LIVE: Final = "partials/backtesting_live.html"


def panel_context(
    user: AbstractBaseUser | AnonymousUser, copied: BacktestJob | None = None
) -> dict[str, Any]:
    """Return what the panel shows, with a fresh form or one filled from a job.

    Three queries beside those of the login: jobs, recordings, account.
    """
    return live_context(user) | fresh_form_context(copied)


def fresh_form_context(copied: BacktestJob | None = None) -> dict[str, Any]:
    """Return a form nobody has typed into: as the account stands, or as a job was asked for."""
    recordings = ready_recordings()
    initial: dict[str, Any] = {}
    account = None
    if copied is not None:
        initial, warnings = _filled_from(copied)
    else:
        account, warnings = account_balances(), []
        # With nothing real recorded, a form of defaults would find nothing to replay.
        if recordings and all(row.synthetic for row in recordings):
            initial["recordings"] = [recordings[0].name]
    if account:
        initial["balances"] = balances_text(account.by_asset)
    form = BacktestRunForm(initial=initial, recordings=[row.name for row in recordings])
    return form_context(form, recordings) | {
        "account": account,
        "copied": copied,
        "form_warnings": warnings,
    }


def form_context(form: BacktestRunForm, recordings: list[Recording]) -> dict[str, Any]:
    """Return what any run form needs beside itself."""
    return {
        "form": form,
        "recordings": recordings,
        "chosen": set(form["recordings"].value() or ()),
        "covered": _covered(form, recordings),
        "latencies": LATENCIES,
        "submission_id": uuid.uuid4(),
    }


def live_context(user: AbstractBaseUser | AnonymousUser) -> dict[str, Any]:
    """Return the recent jobs and the one that the status card is about, in one query."""
    visible = BacktestJob.objects.visible_to(user).defer("request", "notes")
    alive = Exists(WorkerHeartbeat.objects.alive())
    jobs = list(visible.annotate(has_worker=alive).newest()[:RECENT])
    active = [job for job in jobs if not job.is_finished]
    running = [job for job in active if job.status == BacktestJob.Status.RUNNING]
    current = next(iter(running or active[::-1] or jobs), None)
    return {
        "jobs": jobs,
        "job": current,
        "is_desk": True,
        "is_live": bool(active),
        "has_worker": getattr(current, "has_worker", False),
    }


def ready_recordings() -> list[Recording]:
    """Return the newest recordings that can be replayed."""
    return list(Recording.objects.ready().order_by("-last_at")[:MOST_RECORDINGS])


def _covered(
    form: BacktestRunForm, recordings: list[Recording]
) -> tuple[datetime, datetime] | None:
    """Return the first and the last time of what a form would replay; None: nothing."""
    chosen = form["recordings"].value()
    rows = [row for row in recordings if (row.name in chosen if chosen else not row.synthetic)]
    firsts = [row.first_at for row in rows if row.first_at]
    lasts = [row.last_at for row in rows if row.last_at]
    return (min(firsts), max(lasts)) if firsts and lasts else None


def _filled_from(job: BacktestJob) -> tuple[dict[str, Any], list[str]]:
    """Return the values of a form that asks for what a job did, and what it cannot ask for."""
    try:
        request = ReplayRequest.from_json(job.request)
    except (ReplayError, ConfigError) as error:
        return {}, [f"{job} cannot be copied: {error}"]
    warnings = []
    if request.file is not None:
        warnings.append(f"{job} replayed the file {request.file}; choose a recording instead.")
    if request.rules is not None:
        warnings.append(f"{job} was given rules of its own; a new run takes the stored pairings.")
    return filled_from(request, job.name), warnings
