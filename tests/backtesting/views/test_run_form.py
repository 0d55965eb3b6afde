"""The run form: what it shows, what it refuses, and what it offers instead of running again."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from backtesting.engine.config import BacktestConfig
from backtesting.forms import BacktestRunForm
from backtesting.jobs import BacktestJobRepository, request_hash
from backtesting.models import BacktestJob
from backtesting.requests import ReplayRequest
from backtesting.runner import run_saved
from pairings.models import Pairing
from tests.factories.marketdata import AccountSnapshotFactory, make_recording, random_events

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
# No pairing of the recording has a fee of its own.
VALID = {"balances": "USD=1000", "threshold_bps": "5", "fee": "zero"}
ASKED = ReplayRequest(config=BacktestConfig(fee_profile="zero"))


@pytest.fixture
def _recorded() -> None:
    """Record two hundred books from 2026-03-01 12:00 UTC on."""
    make_recording(random_events(200), name="march")


def run(desk: Client, **typed: str) -> Any:
    return desk.post(reverse("backtesting_run"), VALID | typed, headers=HTMX)


def shown(desk: Client, **query: int) -> str:
    return str(desk.get(reverse("backtesting"), query).content.decode())


def offered(desk: Client, **typed: str) -> str:
    answer = desk.get(reverse("run_offer"), VALID | typed, headers=HTMX)
    return str(answer.content.decode())


@pytest.mark.usefixtures("_recorded")
def test_a_valid_form_queues_one_job_however_often_it_is_sent(desk: Client, trader: User) -> None:
    form = {"submission_id": str(uuid.uuid4()), "name": "first"}

    first = run(desk, **form)
    run(desk, **form)

    job = BacktestJob.objects.get()
    assert first.status_code == 200
    assert (job.owner_id, job.name, job.status) == (trader.pk, "first", "queued")
    assert job.request["config"]["min_profit_threshold"] == 0.0005
    assert job.request["balances"] == {"USD": 1000.0}
    # A command that asks for the same asks for the same job, bit for bit.
    assert job.config_hash == request_hash(ASKED.as_json())


@pytest.mark.usefixtures("_recorded")
def test_a_form_without_javascript_leads_to_its_job(desk: Client) -> None:
    answer = desk.post(reverse("backtesting_run"), VALID)

    assert answer.status_code == 302
    assert answer["Location"] == reverse("job", args=[BacktestJob.objects.get().pk])


def test_errors_stand_at_their_field_and_nothing_typed_is_lost(desk: Client) -> None:
    answer = run(desk, balances="USD=lots", slippage_bps="-3", name="keep me")

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "the balance of USD is" in page
    assert "Slippage is -3.0; it must be at least 0" in page
    assert "keep me" in page
    assert not BacktestJob.objects.exists()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"threshold_bps": "-10000"}, "Profit threshold is -10000 bps; it must be above -10,000"),
        ({"fee": "flat", "fee_percent": "150"}, "Flat taker fee is 150 %; it must be at least 0"),
        ({"fee": "flat"}, "Write the flat fee"),
        ({"max_depth_levels": "0"}, "Depth is 0; it must be a whole number from 1"),
        ({"symbols": "BTCUSD"}, "BTCUSD"),
        ({"minimums": "BTC/USD"}, "'BTC/USD' is no minimum; write SYMBOL=QUANTITY"),
        ({"balances": "<b>=1"}, "is no asset; write its name"),
        ({"slippage_bps": "few"}, "write a number, such as 4"),
        ({"max_depth_levels": "1.5"}, "write a whole number, such as 10"),
        ({"start": "yesterday"}, "write a time such as 2026-03-01 12:00:00"),
        ({"start": "2026-03-02", "end": "2026-03-01"}, "it must be after From"),
        ({"recordings": "gone"}, "gone is not one of the available choices"),
        ({"recordings": "march", "start": "2030-01-01"}, "There is nothing of"),
        ({"fee": "account"}, "No fee is known for"),
        ({"symbols": "XRP/USD"}, "There is nothing of these symbols in what is not synthetic"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.usefixtures("_recorded")
def test_what_cannot_be_run_is_said_in_the_words_of_its_field(
    desk: Client, typed: dict[str, str], words: str
) -> None:
    answer = run(desk, **typed)

    assert answer.status_code == 422
    assert words in answer.content.decode().replace("&#x27;", "'")
    assert not BacktestJob.objects.exists()


@pytest.mark.usefixtures("_recorded")
def test_a_full_queue_is_said_on_the_form(desk: Client, trader: User, settings: Settings) -> None:
    settings.JOB_QUEUE_PER_USER = 1
    BacktestJobRepository().submit("replay", trader, {"config": {}})

    answer = run(desk)

    assert answer.status_code == 422
    assert "the most it takes of one" in answer.content.decode()


def test_the_balances_are_the_accounts_where_they_are_known(desk: Client) -> None:
    assert 'value="USD=1000"' in shown(desk)

    AccountSnapshotFactory.create(balances={"USD": 2500.5, "BTC": 1e-05})

    page = shown(desk)
    assert 'value="BTC=0.00001, USD=2500.5"' in page
    assert "as in the account" in page


def test_where_all_is_synthetic_the_newest_is_chosen(desk: Client) -> None:
    make_recording(random_events(5), name="made up", header={"synthetic": True})

    assert "checked" in shown(desk).partition('value="made up"')[2].partition("/>")[0]

    make_recording(random_events(5, start_us=10**15), name="real")

    assert "checked" not in shown(desk).partition('value="made up"')[2].partition("/>")[0]


@pytest.mark.usefixtures("_recorded")
def test_it_says_what_it_would_replay(desk: Client) -> None:
    assert "Will replay 200 books of 3 symbols from march." in " ".join(offered(desk).split())
    assert "There is nothing of" in offered(desk, start="2030-01-01")
    assert "message" not in offered(desk, balances="?")
    assert "No fee is known for" in offered(desk, fee="account")
    assert "No fee is known for" not in offered(desk, fee="flat", fee_percent="0.26")
    whole = desk.get(reverse("run_offer"), VALID | {"name": "typed"}).content.decode()
    assert "<!doctype html>" in whole.lower()
    assert 'value="typed"' in whole


@pytest.mark.usefixtures("_recorded")
def test_a_stored_result_is_offered_and_can_be_run_all_the_same(desk: Client, trader: User) -> None:
    number, _ = run_saved(ASKED, trader)

    answer = run(desk).content.decode()
    assert "This has been computed" in answer
    assert "This has been computed" in offered(desk)
    assert f'href="{reverse("job", args=[number])}"' in answer
    assert BacktestJob.objects.count() == 1

    run(desk, force="1")
    assert BacktestJob.objects.count() == 2


@pytest.mark.usefixtures("_recorded")
def test_a_result_of_other_data_or_another_person_is_not_offered(
    desk: Client, trader: User
) -> None:
    run_saved(ASKED, get_user_model().objects.create_user("bob"))
    assert "This has been computed" not in offered(desk)

    run_saved(ASKED, trader)
    Pairing.objects.filter(symbol="BTC/USD").update(order_min=0.5)

    assert "This has been computed" not in offered(desk)


@pytest.mark.usefixtures("_recorded")
def test_a_copy_asks_for_the_very_same(desk: Client, trader: User) -> None:
    Pairing.objects.update(fee_tiers=[[0, 0.004]])
    odd = ReplayRequest(
        config=BacktestConfig.from_values(
            {
                "fee_profile": "volume:1234",
                "min_profit_threshold": 1.5e-05,
                "min_order_size_by_pair": {"BTC/USD": 1e-05},
                "start_assets": ["USD", "EUR"],
                "fill_model": "replayed",
                "staleness_threshold_ms": 250.5,
            }
        ),
        balances={"USD": 0.1, "BTC": 2.0},
        recordings=("march",),
        symbols=("BTC/USD", "ETH/BTC", "ETH/USD"),
    )
    job = BacktestJobRepository().submit("replay", trader, odd.as_json(), name="odd one")

    form = desk.get(reverse("backtesting"), {"copy": job.pk}).context["form"]
    typed = {field.html_name: field.value() for field in form if field.value() is not None}
    run(desk, **typed)

    again = BacktestJob.objects.exclude(pk=job.pk).get()
    assert again.request == job.request
    assert again.name == "odd one"


def test_where_nothing_is_recorded_that_is_said_and_no_other_time_is_asked_for(
    desk: Client,
) -> None:
    typed = {field.html_name: field.value() for field in BacktestRunForm() if field.value()}

    page = desk.get(reverse("run_offer"), typed, headers={"HX-Request": "true"}).content.decode()

    assert "Nothing is recorded yet; import a recording first." in page


def test_what_is_folded_away_is_opened_where_it_is_not_the_default(desk: Client) -> None:
    def is_open(**typed: str) -> bool:
        untouched = {field.html_name: field.value() for field in BacktestRunForm() if field.value()}
        page = desk.get(reverse("run_offer"), untouched | typed).content.decode()
        return "open" in page.partition('id="run-advanced"')[2].partition(">")[0]

    assert not is_open(threshold_bps="6", seed="0")
    assert not is_open(threshold_bps="-20000", seed="0")
    assert is_open(slippage_bps="7")


def test_a_copy_says_what_it_cannot_ask_for(desk: Client, trader: User) -> None:
    jobs = BacktestJobRepository()
    of_file = ReplayRequest(config=BacktestConfig(), file="a.jsonl", rules={}).as_json()
    job = jobs.submit("replay", trader, of_file)
    broken = jobs.submit("replay", trader, {"config": {"seed": "x"}})

    assert "replayed the file a.jsonl" in shown(desk, copy=job.pk)
    assert "rules of its own" in shown(desk, copy=job.pk)
    assert "cannot be copied" in shown(desk, copy=broken.pk)


@pytest.mark.parametrize("copy", ["x", "9" * 400, "-1", "²"])
def test_a_copy_of_what_is_not_there_is_not_found(desk: Client, copy: str) -> None:
    assert desk.get(reverse("backtesting"), {"copy": copy}).status_code == 404


def test_anothers_job_cannot_be_copied(desk: Client) -> None:
    other = get_user_model().objects.create_user("bob")
    job = BacktestJobRepository().submit("replay", other, {"config": {}})

    assert desk.get(reverse("backtesting"), {"copy": job.pk}).status_code == 404
