"""The page of a sweep: its state while it runs, its verdict, charts, table and downloads."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from backtesting.models import BacktestJob, JobReport, Promotion
from backtesting.search.artifacts import TEST
from tests.backtesting.sweep_samples import EASY, SETS, artifacts_of, completed_sweep, sweep_request
from tests.factories.backtesting import BacktestJobFactory

if TYPE_CHECKING:
    from django.contrib.auth.models import User

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
PARTS = ("heat", "scatter", "parallel")


def page_of(desk: Client, job: BacktestJob, name: str = "sweep", **query: Any) -> str:
    answer = desk.get(reverse(name, args=[job.pk]), query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def addresses(pk: int) -> list[str]:
    return [
        *(reverse(name, args=[pk]) for name in ("sweep", "sweep_map", "sweep_table")),
        *(reverse("sweep_series", args=[pk, part]) for part in PARTS),
        reverse("sweep_csv", args=[pk]),
        reverse("sweep_json", args=[pk]),
        reverse("sweep_set", args=[pk, 0]),
        f"{reverse('sweep_curves', args=[pk])}?set=0",
        f"{reverse('sweep_compare', args=[pk])}?set=0&set=1",
    ]


def test_the_verdict_comes_first_and_in_words(desk: Client, trader: User) -> None:
    page = page_of(desk, completed_sweep(trader))

    ready = sum(one.promotion_ready for one in artifacts_of().results)
    assert f"{ready} of {SETS} sets pass the gates in test, but none is robust" in page
    winner = artifacts_of().results[0]
    assert f"set {winner.index}</a>" in page
    assert "which had no say in choosing it" in page
    assert page.index("pass the gates") < page.index("Where in the grid")
    assert "SYNTHETIC" in page
    assert "other traders do not react" in page
    assert artifacts_of().source.fingerprint in page
    assert "manage.py sweep --recording stress" in page


def test_a_walk_forward_is_summed_up(desk: Client, trader: User) -> None:
    page = page_of(desk, completed_sweep(trader))

    total = sum(fold.test_pnl for fold in artifacts_of().folds)
    folds = page.partition('id="sweep-folds"')[2].partition("</table>")[0]
    assert f"{total:+,.2f} " in folds.partition("In all")[2]


def test_robust_sets_are_said_to_be_robust(desk: Client, trader: User) -> None:
    page = page_of(desk, completed_sweep(trader, limits=EASY))

    count = sum(one.robust for one in artifacts_of(tuple(sorted(EASY.items()))).results)
    assert f"{count} of {SETS} sets are robust" in page


def test_the_page_and_its_fragment(desk: Client, trader: User) -> None:
    address = reverse("sweep", args=[completed_sweep(trader).pk])

    page, part = desk.get(address), desk.get(address, headers=HTMX)

    assert "<html" in page.content.decode()
    assert part.content.decode().lstrip().startswith('<div id="sweep-body"')
    assert "HX-Request" in page["Vary"]
    restored = desk.get(address, headers={**HTMX, "HX-History-Restore-Request": "true"})
    assert "<html" in restored.content.decode()


def test_every_address_reads_only_and_is_its_owners_alone(desk: Client, trader: User) -> None:
    own = completed_sweep(trader)
    others = completed_sweep(get_user_model().objects.create_user("eve"))
    replay = BacktestJobFactory.create(finished=True, owner=trader)

    for mine, theirs, other_kind in zip(
        *(addresses(pk) for pk in (own.pk, others.pk, replay.pk)), strict=True
    ):
        assert desk.get(mine).status_code == 200, mine
        assert desk.post(mine).status_code == 405, mine
        assert desk.get(theirs).status_code == 404, theirs
        assert desk.get(other_kind).status_code in (302, 404), other_kind
        assert Client().get(mine).status_code == 302, mine


def test_jobs_of_each_kind_lead_to_the_page_of_their_kind(desk: Client, trader: User) -> None:
    sweep = completed_sweep(trader)
    replay = BacktestJobFactory.create(finished=True, owner=trader)

    assert desk.get(reverse("job", args=[sweep.pk]))["Location"] == reverse(
        "sweep", args=[sweep.pk]
    )
    assert desk.get(reverse("sweep", args=[replay.pk]))["Location"] == reverse(
        "job", args=[replay.pk]
    )


def test_a_running_sweep_shows_how_it_stands_and_looks_again(desk: Client, trader: User) -> None:
    job = BacktestJobFactory.create(
        running=True,
        kind="sweep",
        owner=trader,
        request=sweep_request().as_json(),
        progress_done=12,
        progress_total=96,
        progress_rate=6.0,
        progress_note="searching",
    )

    page = page_of(desk, job)

    assert 'hx-trigger="every 2s"' in page
    assert "12 of 96 sets over all windows" in page
    assert "6 a second" in page
    assert "searching" in page


def test_a_failed_or_cancelled_sweep_says_why_and_asks_no_more(desk: Client, trader: User) -> None:
    failed = completed_sweep(trader, status="failed", error_code="refused", error_detail="no edge")
    cancelled = completed_sweep(trader, status="cancelled")

    page = page_of(desk, failed)

    assert "no edge" in page
    assert "every 2s" not in page
    assert "It was cancelled" in page_of(desk, cancelled)


def test_a_damaged_result_is_said_to_be_so(desk: Client, trader: User) -> None:
    job = completed_sweep(trader)
    JobReport.objects.filter(job=job).update(tables=b"\x08" + bytes(15), sha256="0" * 64)

    assert "its result cannot be shown here" in page_of(desk, job)
    assert desk.get(reverse("sweep_table", args=[job.pk])).status_code == 404


def test_charts_come_by_address_and_only_once(desk: Client, trader: User) -> None:
    job = completed_sweep(trader)

    for part in PARTS:
        address = reverse("sweep_series", args=[job.pk, part])
        first = desk.get(address)
        again = desk.get(address, headers={"If-None-Match": first["ETag"]})
        assert json.loads(first.content)
        assert again.status_code == 304
    assert desk.get(reverse("sweep_series", args=[job.pk, "pie"])).status_code == 404


def test_the_map_is_of_the_axes_and_figure_asked_for(desk: Client, trader: User) -> None:
    job = completed_sweep(trader)
    asked = {"x": "universe", "y": "trade_capital", "figure": "gap", "way": "mean"}

    drawn = desk.get(reverse("sweep_series", args=[job.pk, "heat"]), asked).json()
    other = desk.get(reverse("sweep_series", args=[job.pk, "heat"]), {**asked, "x": "nothing"})
    part = desk.get(reverse("sweep_map", args=[job.pk]), asked, headers=HTMX).content.decode()

    assert drawn["x"]["words"] == "Universe"
    assert drawn["figure"] == "Gap of train and test"
    assert len(drawn["cells"]) == 4
    assert other.status_code == 200
    assert "x=universe&amp;y=trade_capital&amp;figure=gap&amp;way=mean" in part


def test_a_promotion_is_on_the_map_at_once(desk: Client, trader: User) -> None:
    job = completed_sweep(trader)
    address = reverse("sweep_series", args=[job.pk, "heat"])
    before = desk.get(address)

    Promotion.objects.create(
        job=job,
        job_number=job.pk,
        index=0,
        config={},
        universe=[],
        was_ready=True,
        was_robust=False,
        by_name="ada",
    )
    after = desk.get(address, headers={"If-None-Match": before["ETag"]})

    assert sum(cell["promoted"] for cell in after.json()["cells"]) == 1


def test_the_table_is_sorted_filtered_and_links_on(desk: Client, trader: User) -> None:
    job = completed_sweep(trader)

    part = desk.get(
        reverse("sweep_table", args=[job.pk]),
        {"verdict": "ready", "sort": "-test_pnl", "universe": "1", "page": "7"},
        headers=HTMX,
    ).content.decode()

    found = [
        one
        for one in artifacts_of().results
        if one.promotion_ready and one.parameters.universe and len(one.parameters.universe) == 3
    ]
    found.sort(key=lambda one: -one.test["realized_pnl_usd"])
    assert re.findall(r">set (\d+)</a>", part) == [str(one.index) for one in found]
    assert "verdict=ready&amp;universe=1&amp;sort=" in part.replace("&amp;page=7", "")
    assert 'aria-sort="descending"' in part


def test_downloads_hold_every_set_and_say_that_they_are_synthetic(
    desk: Client, trader: User
) -> None:
    job = completed_sweep(trader)

    table = desk.get(reverse("sweep_csv", args=[job.pk]))
    whole = desk.get(reverse("sweep_json", args=[job.pk]))

    rows = list(csv.DictReader(io.StringIO(table.getvalue().decode())))
    assert [int(row["index"]) for row in rows] == artifacts_of().order.tolist()
    assert json.loads(whole.getvalue()) == json.loads(json.dumps(artifacts_of().as_json()))
    for answer, ending in ((table, "csv"), (whole, "json")):
        assert f'filename="sweep-{job.pk}-synthetic.{ending}"' in answer["Content-Disposition"]


def test_sets_are_compared_side_by_side(desk: Client, trader: User) -> None:
    job = completed_sweep(trader)
    address = reverse("sweep_compare", args=[job.pk])

    page = desk.get(address, {"set": [0, 5]}).content.decode()

    assert "Set 0" in page
    assert "Set 5" in page
    assert "differs" in page
    for asked in ([0], [0, 0], list(range(6))):
        assert desk.get(address, {"set": asked}).status_code == 422
    assert desk.get(address, {"set": [0, SETS]}).status_code == 404


def test_curves_are_those_of_the_set(desk: Client, trader: User) -> None:
    job = completed_sweep(trader)
    index = artifacts_of().results[0].index

    drawn = desk.get(reverse("sweep_curves", args=[job.pk]), {"set": index}).json()

    last = drawn["curves"][0]["test"][-1]
    pnl = artifacts_of().part.figures[TEST].summaries[index]["pnl"]
    assert last == pytest.approx(float(pnl))


def test_a_sweep_is_run_again(desk: Client, trader: User) -> None:
    job = completed_sweep(trader)

    desk.post(reverse("job_rerun", args=[job.pk]))

    again = BacktestJob.objects.get(parent=job)
    assert (again.kind, again.request) == ("sweep", job.request)
