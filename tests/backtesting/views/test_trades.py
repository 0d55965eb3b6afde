"""The table of trades, their stories, and the CSV."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from django.urls import reverse

from backtesting.analysis.trades import SORT_KEYS, STATUSES, trade_page
from backtesting.engine.tables import ReplayTables
from backtesting.views import trades as trade_views
from backtesting.views.stored import TableCache
from tests.backtesting.views.reports import completed_job, stored_tables

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http.response import HttpResponseBase
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

    from backtesting.models import BacktestJob

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
PAGE_SIZE = 10


@pytest.fixture(autouse=True)
def _short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trade_views, "PAGE_SIZE", PAGE_SIZE)


def table_of(client: Client, job: BacktestJob, **query: Any) -> str:
    answer = client.get(reverse("job_trades", args=[job.pk]), query, headers=HTMX)
    assert answer.status_code == 200
    return answer.content.decode()


def numbers_in(table: str) -> list[int]:
    return [int(n) for n in re.findall(r'aria-label="Story of trade (\d+)"', table)]


def lines_of(answer: HttpResponseBase) -> list[dict[str, str]]:
    text = b"".join(answer).decode()
    return list(csv.DictReader(text.splitlines()))


def test_the_table_comes_alone_to_htmx_and_on_a_page_to_others(desk: Client, trader: User) -> None:
    job = completed_job(trader)
    address = reverse("job_trades", args=[job.pk])

    alone = desk.get(address, headers=HTMX).content.decode()
    whole = desk.get(address).content.decode()
    restored = desk.get(
        address, headers={**HTMX, "HX-History-Restore-Request": "true"}
    ).content.decode()

    assert alone.strip().startswith('<div id="trade-table"')
    assert "<!doctype html>" in whole.lower()
    assert "<!doctype html>" in restored.lower()


def test_a_page_holds_the_first_trades_in_order(desk: Client, trader: User) -> None:
    table = table_of(desk, completed_job(trader))

    assert numbers_in(table) == list(range(1, PAGE_SIZE + 1))


@pytest.mark.parametrize("key", SORT_KEYS)
def test_each_column_sorts_both_ways(desk: Client, trader: User, key: str) -> None:
    job = completed_job(trader)
    count = len(stored_tables()[1].trades)
    pages = -(-count // PAGE_SIZE)

    up, down = (
        [
            n
            for page in range(1, pages + 1)
            for n in numbers_in(table_of(desk, job, sort=sort, page=page))
        ]
        for sort in (key, f"-{key}")
    )

    assert sorted(up) == sorted(down) == list(range(1, count + 1))
    # Every trade here was made with the same capital: a tie keeps the order of n.
    assert (up == down) == (key == "capital")


def test_the_best_trade_comes_first_where_it_is_asked_for(desk: Client, trader: User) -> None:
    tables = stored_tables()[1]

    table = table_of(desk, completed_job(trader), sort="-pnl")

    assert numbers_in(table)[0] == int(np.argmax(tables.trades["pnl"])) + 1
    assert table.count('aria-sort="descending"') == 1


@pytest.mark.parametrize("sort", ["", "gold", "--pnl", "pnl;drop table", "__class__"])
def test_a_column_that_is_none_sorts_by_number(desk: Client, trader: User, sort: str) -> None:
    table = table_of(desk, completed_job(trader), sort=sort)

    assert numbers_in(table)[:3] == [1, 2, 3]


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        *((page, "1") for page in ("0", "-1", "x", "", "²", "9" * 30)),
        ("99999", "last"),
    ],
)
def test_a_page_out_of_bounds_is_the_nearest(
    desk: Client, trader: User, page: str, shown: str
) -> None:
    pages = -(-len(stored_tables()[1].trades) // PAGE_SIZE)

    table = table_of(desk, completed_job(trader), page=page)

    assert f"Page {pages if shown == 'last' else shown} of {pages}" in table


@pytest.mark.parametrize("status", [*STATUSES, "gold"])
def test_a_status_keeps_its_trades(desk: Client, trader: User, status: str) -> None:
    trades = stored_tables()[1].trades
    kept = trades["status"] == STATUSES[status] if status in STATUSES else trades["status"] >= 0

    table = table_of(desk, completed_job(trader), status=status)

    assert numbers_in(table) == (np.flatnonzero(kept) + 1)[:PAGE_SIZE].tolist()


def test_a_report_without_trades_says_so(desk: Client, trader: User) -> None:
    tables = stored_tables()[1]
    empty = replace(tables, trades=tables.trades[:0], orders=tables.orders[:0])
    job = completed_job(trader, tables=empty.pack(), payload={"trades_attempted": 0})

    assert "No trade was started" in table_of(desk, job)


def test_every_trade_opens_into_its_story(desk: Client, trader: User) -> None:
    job = completed_job(trader)
    tables = stored_tables()[1]

    for n in range(1, len(tables.trades) + 1):
        answer = desk.get(reverse("job_trade", args=[job.pk, n]), headers=HTMX)

        story = answer.content.decode()
        assert answer.status_code == 200
        assert story.count('id="trade-story"') == 1
        assert story.count("<section aria-label=") == 3


def test_the_parts_shown_add_up_to_the_figure_shown(desk: Client, trader: User) -> None:
    job = completed_job(trader)

    for n in range(1, 26):
        story = desk.get(reverse("job_trade", args=[job.pk, n]), headers=HTMX).content.decode()
        table = story.partition('<table class="dense parts">')[2].partition("</table>")[0]
        *parts, achieved = (
            float(figure.replace(",", ""))
            for figure in re.findall(r'class="pnl \w+">([-+]?[\d.,]+)', table)
        )

        assert sum(parts) == pytest.approx(achieved, abs=1e-9)


def test_a_story_stands_on_a_page_of_its_own(desk: Client, trader: User) -> None:
    job = completed_job(trader)

    page = desk.get(reverse("job_trade", args=[job.pk, 1])).content.decode()

    assert "<!doctype html>" in page.lower()
    assert f'href="{reverse("job", args=[job.pk])}"' in page


@pytest.mark.parametrize("n", [0, 10**6])
def test_a_trade_that_was_not_made_is_not_there(desk: Client, trader: User, n: int) -> None:
    answer = desk.get(reverse("job_trade", args=[completed_job(trader).pk, n]))

    assert answer.status_code == 404


def test_the_csv_holds_every_trade(desk: Client, trader: User) -> None:
    job = completed_job(trader)
    report, tables = stored_tables()

    answer = desk.get(reverse("job_trades_csv", args=[job.pk]))

    lines = lines_of(answer)
    assert answer.streaming
    assert len(lines) == report["trades_attempted"]
    assert sum(float(line["pnl"]) for line in lines) == pytest.approx(report["realized_pnl_usd"])
    assert {line["status"] for line in lines} == set(STATUSES)
    sent = sum(bool(line[f"leg{leg}_symbol"]) for line in lines for leg in (1, 2, 3))
    assert sent == int((tables.orders["leg"] <= 3).sum())
    last = max(lines, key=lambda line: (line["completed"], int(line["n"])))
    assert float(last["equity"]) == pytest.approx(report["realized_pnl_usd"])


def test_the_csv_has_nothing_that_a_spreadsheet_would_run(desk: Client, trader: User) -> None:
    tables = stored_tables()[1]
    hostile = replace(
        tables,
        symbols=tuple(f"=cmd|{symbol}" for symbol in tables.symbols),
        cycles=tuple(("@SUM(A1)", second, third) for _, second, third in tables.cycles),
    )
    job = completed_job(trader, tables=hostile.pack())

    lines = lines_of(desk.get(reverse("job_trades_csv", args=[job.pk])))

    assert {line["cycle"][0] for line in lines} == {"'"}
    assert {line["start_asset"][:2] for line in lines} == {"'@"}
    assert {line["leg1_symbol"][:2] for line in lines if line["leg1_symbol"]} == {"'="}
    # A loss is a number, and stays one.
    assert any(line["pnl"].startswith("-") for line in lines)


def test_a_page_of_the_table_takes_the_fewest_queries(
    desk: Client, trader: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    job = completed_job(trader)
    table_of(desk, job)

    with django_assert_max_num_queries(3):
        table_of(desk, job, page=2)


def test_tables_are_unpacked_once(trader: User, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = completed_job(trader), completed_job(trader, fill_model="modeled")
    unpacked = count_unpacking(monkeypatch)
    kept = TableCache()

    for job in (first, second, first, second):
        kept.get(job.report)

    assert len(unpacked) == 2


def test_the_tables_last_used_are_kept_where_room_is_short(
    trader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = completed_job(trader), completed_job(trader, fill_model="modeled")
    unpacked = count_unpacking(monkeypatch)
    kept = TableCache(most_bytes=1)

    for job in (first, first, second, first):
        kept.get(job.report)

    assert len(unpacked) == 3


def count_unpacking(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    unpacked: list[int] = []
    unpack = ReplayTables.unpack

    def counted(packed: bytes) -> ReplayTables:
        unpacked.append(len(packed))
        return unpack(packed)

    monkeypatch.setattr(ReplayTables, "unpack", counted)
    return unpacked


def test_a_page_counts_from_one_even_where_there_is_nothing() -> None:
    tables = stored_tables()[1]
    empty = replace(tables, trades=tables.trades[:0], orders=tables.orders[:0])

    pages = [
        trade_page(empty, sort=sort, descending=True, status=None, page=3, size=10)
        for sort in SORT_KEYS
    ]

    assert {(page.page, page.pages, page.count, page.lines) for page in pages} == {(1, 1, 0, ())}
