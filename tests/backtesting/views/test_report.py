"""The report of one job: its figures, its charts and what it says of itself."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from backtesting.analysis.trade_figures import trade_figures
from tests.backtesting.views.reports import completed_job, page_of, stored_tables

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
RESTORED = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
HOSTILE = "<script>alert(1)</script>"
PARTS = ("equity", "hours", "cycles", "pnl", "latency")
NO_TRADES: dict[str, Any] = {
    "opportunities_seen": 0,
    "net_positive": 0,
    "episodes": 0,
    "trades_attempted": 0,
    "trades_executed": 0,
    "trades_failed": 0,
    "trades_missed": 0,
    "trades_unsold": 0,
    "win_rate": None,
    "fill_rate": None,
    "realized_pnl_usd": 0.0,
    "max_drawdown_usd": 0.0,
    "fees_paid_usd": 0.0,
    "miss_reasons": {},
    "execution_latency_p50_ms": None,
    "execution_latency_p95_ms": None,
    "execution_latency_p99_ms": None,
}


def words_of(page: str) -> str:
    """Return what a page says, without its tags and with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_report_shows_its_headline_figures(desk: Client, trader: User) -> None:
    job = completed_job(trader)
    report, _ = stored_tables()

    words = words_of(page_of(desk, job))

    assert f"{report['realized_pnl_usd'] / 1000 * 100:,.2f} % of 1,000 USD at the start" in words
    assert f"Win rate {report['win_rate'] * 100:.2f} %" in words
    assert f"Fill rate {report['fill_rate'] * 100:.2f} %" in words
    assert f"Trades executed {report['trades_executed']:,} of" in words
    assert f"{report['execution_latency_p50_ms']:,.1f}" in words
    for limit in report["model_limits"]:
        assert limit in words


def test_it_says_what_a_trade_brought(desk: Client, trader: User) -> None:
    report, tables = stored_tables()
    found = trade_figures(tables)

    words = words_of(page_of(desk, completed_job(trader)))

    assert f"of {report['trades_executed'] + report['trades_failed']:,} executed or fail" in words
    assert f"of {found.gains:,} gains · {found.losses:,} losses" in words
    assert f"Profit factor {found.profit_factor:,.2f} gained for each USD lost" in words


def test_nothing_to_measure_is_a_dash_with_its_reason(desk: Client, trader: User) -> None:
    job = completed_job(trader, parameters={"min_profit_threshold": 0.5}, payload=NO_TRADES)

    words = words_of(page_of(desk, job))

    assert "Win rate - no trade was finished" in words
    assert "Fill rate - no leg was sent" in words
    assert "- no trade was executed" in words
    assert "There is nothing to draw: no trade was started." in words
    assert "none of them further" in words


def test_hostile_names_are_text(desk: Client, trader: User) -> None:
    job = completed_job(
        trader,
        name=HOSTILE,
        notes=HOSTILE,
        payload={"recordings": [HOSTILE], "silent_symbols": [HOSTILE]},
    )

    page = page_of(desk, job)

    assert HOSTILE not in page
    assert page.count("&lt;script&gt;") >= 5


def test_a_synthetic_recording_is_named_above_all_figures(desk: Client, trader: User) -> None:
    page = page_of(desk, completed_job(trader))

    assert page.index("SYNTHETIC") < page.index('id="report-headline"')
    assert "SYNTHETIC" not in page_of(desk, completed_job(trader, payload={"is_synthetic": False}))


def test_the_other_fill_model_is_offered_until_it_was_run(desk: Client, trader: User) -> None:
    job = completed_job(trader)

    page = page_of(desk, job)

    assert f'action="{reverse("job_rerun", args=[job.pk])}"' in page
    assert 'name="fill_model" value="modeled"' in page


def test_the_optimism_gap_stands_beside_the_pnl(desk: Client, trader: User) -> None:
    replayed, modeled = (
        completed_job(trader, fill_model=model, pnl=pnl, payload={"realized_pnl_usd": pnl})
        for model, pnl in (("replayed", 2.0), ("modeled", 5.0))
    )

    for job, other in ((replayed, modeled), (modeled, replayed)):
        page = page_of(desk, job)

        assert f'href="{reverse("job", args=[other.pk])}"' in page
        assert re.search(r"Optimism gap <span class=\"pnl gain\">\+3\.0+ ", page)


@pytest.mark.parametrize(
    "change", [{"fingerprint": "e" * 64}, {"owner": None}, {"config_hash": "0" * 64}]
)
def test_a_run_on_other_data_or_of_others_is_no_gap(
    desk: Client, trader: User, change: dict[str, Any]
) -> None:
    job = completed_job(trader)
    completed_job(**{"owner": trader, "fill_model": "modeled", **change})

    assert "Optimism gap" not in words_of(page_of(desk, job)).replace("is the optimism gap", "")


def test_damaged_tables_leave_the_figures_standing(desk: Client, trader: User) -> None:
    job = completed_job(trader, tables=b"junk")

    page = page_of(desk, job)

    assert "The trades cannot be shown: the stored tables cannot be read" in page
    assert 'id="report-headline"' in page
    for name, args in (
        ("job_trades", [job.pk]),
        ("job_trade", [job.pk, 1]),
        ("job_trades_csv", [job.pk]),
        ("job_series", [job.pk, "equity"]),
    ):
        assert desk.get(reverse(name, args=args)).status_code == 409


def test_the_command_line_stands_on_the_page(desk: Client, trader: User) -> None:
    page = page_of(desk, completed_job(trader))

    assert "manage.py replay --recording stress --symbols" in page
    assert "--set fill_model=replayed" in page


def test_the_json_is_the_report(desk: Client, trader: User) -> None:
    job = completed_job(trader)

    answer = desk.get(reverse("job_report_json", args=[job.pk]))

    assert json.loads(answer.content) == json.loads(json.dumps(stored_tables()[0]))
    assert f"backtest-{job.pk}-synthetic.json" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("part", PARTS)
def test_a_chart_is_sent_once(desk: Client, trader: User, part: str) -> None:
    address = reverse("job_series", args=[completed_job(trader).pk, part])

    first = desk.get(address)
    second = desk.get(address, headers={"If-None-Match": first.headers["ETag"]})

    assert first.status_code == 200
    assert json.loads(first.content)
    assert (second.status_code, second.content) == (304, b"")


def test_a_chart_that_is_none_is_not_there(desk: Client, trader: User) -> None:
    address = reverse("job_series", args=[completed_job(trader).pk, "gold"])

    assert desk.get(address).status_code == 404


def test_the_page_takes_four_queries_with_the_login(
    desk: Client, trader: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    job = completed_job(trader)
    completed_job(trader, fill_model="modeled")

    with django_assert_max_num_queries(4):
        page_of(desk, job)


def test_no_script_and_no_style_stands_in_the_page(desk: Client, trader: User) -> None:
    page = page_of(desk, completed_job(trader))

    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"\s(style|on\w+)=", page)
