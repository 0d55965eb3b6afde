"""Completed jobs with the report of a real replay, as the pages find them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from backtesting.engine.config import BacktestConfig
from backtesting.engine.engine import BacktestReplayEngine
from backtesting.engine.events import EventStore
from backtesting.jobs import request_hash
from backtesting.leases import report_hash
from backtesting.models import BacktestJob, JobReport
from marketdata.synthetic import make_recording
from pairings.cycles import CurrencyGraph
from tests.factories.backtesting import BacktestJobFactory

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client

    from backtesting.engine.report import BacktestReport
    from backtesting.engine.tables import ReplayTables

BALANCES = {"USD": 1000.0}


def page_of(client: Client, job: BacktestJob, **headers: str) -> str:
    """Return the page of a job as a client gets it."""
    answer = client.get(reverse("job", args=[job.pk]), headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


@cache
def stored_tables(
    fill_model: str = "replayed", **parameters: Any
) -> tuple[dict[str, Any], ReplayTables]:
    """Return payload and tables, ladders included, of a replay with trades of every kind."""
    tape = make_recording("stress", 30_000, 3)
    rules = {row.symbol: row for row in tape.pairings}
    config = BacktestConfig.from_values(
        {"fill_model": fill_model, "max_concurrent_trades": 2, **parameters}
    )
    store = EventStore(
        columns=tape.columns(),
        recordings=("stress",),
        is_synthetic=True,
        fingerprint="f" * 64,
    )
    cycles = CurrencyGraph(rules.values()).cycles(config.starts)
    report: BacktestReport = BacktestReplayEngine(
        config, store, cycles, BALANCES, rules=rules
    ).run()
    return report.as_json(), report.tables.with_ladders(store.columns)


def completed_job(
    owner: User | None = None,
    *,
    fill_model: str = "replayed",
    parameters: dict[str, Any] | None = None,
    payload: dict[str, Any] | None = None,
    tables: bytes | None = None,
    **fields: Any,
) -> BacktestJob:
    """Make a completed job with its report; `payload` changes figures of it."""
    figures, rows = stored_tables(fill_model, **(parameters or {}))
    figures = {**figures, **(payload or {})}
    packed = rows.pack() if tables is None else tables
    request = {"config": figures["config"], "balances": BALANCES, "recordings": ["stress"]}
    options = {
        "finished": True,
        "owner": owner,
        "request": request,
        "config_hash": request_hash(request),
        "fingerprint": "d" * 64,
        "code_version": "c" * 16,
        "pnl": figures["realized_pnl_usd"],
        "pnl_asset": "USD",
        "trades": figures["trades_attempted"],
        "fill_model": fill_model,
        "synthetic": figures["is_synthetic"],
        **fields,
    }
    job: BacktestJob = BacktestJobFactory.create(**options)
    JobReport.objects.create(
        job=job, attempt=1, sha256=report_hash(figures, packed), payload=figures, tables=packed
    )
    return job
