"""A request is the same before and after a job kept it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from backtesting.engine.config import BacktestConfig, ConfigError
from backtesting.engine.report import ReplayError
from backtesting.requests import ReplayRequest
from pairings.rules import PairingRules

WHOLE = ReplayRequest(
    config=BacktestConfig(seed=7, start_assets=("USD", "EUR"), min_order_size_by_pair={"A/B": 1.0}),
    skip_bad=True,
    symbols=("BTC/USD", "ETH/BTC"),
    recordings=("day",),
    start=datetime(2026, 3, 1, tzinfo=UTC),
    end=datetime(2026, 3, 2, 1, 2, 3, 4, tzinfo=UTC),
    balances={"USD": 1000.0},
    rules={
        "BTC/USD": PairingRules(
            symbol="BTC/USD", base="BTC", quote="USD", fee_tiers=((0.0, 0.004), (1e4, 0.0035))
        )
    },
)


OF_A_FILE = ReplayRequest(config=BacktestConfig(), file="a.gz", balances={"USD": 2.0})


@pytest.mark.parametrize("request_", [WHOLE, OF_A_FILE])
def test_it_comes_back_as_it_was(request_: ReplayRequest) -> None:
    text = json.dumps(request_.as_json())

    assert ReplayRequest.from_json(json.loads(text)) == request_


def test_no_balance_is_the_designs_whoever_leaves_it_out() -> None:
    said = ReplayRequest(config=BacktestConfig(quote_asset="EUR"), balances={"EUR": 1000.0})

    assert ReplayRequest(config=BacktestConfig(quote_asset="EUR")).as_json() == said.as_json()


def test_it_reads_the_same_in_whatever_zone_its_times_are() -> None:
    there = timezone(timedelta(hours=5))
    moved = ReplayRequest(config=BacktestConfig(), start=datetime(2026, 3, 1, 5, tzinfo=there))

    assert moved.as_json()["start"] == "2026-03-01T00:00:00+00:00"


def test_a_time_for_fees_is_a_part_of_it_only_where_it_is_set() -> None:
    at = datetime(2026, 2, 1, tzinfo=UTC)
    other = ReplayRequest(config=BacktestConfig(), fees_at=at)

    assert "fees_at" not in ReplayRequest(config=BacktestConfig()).as_json()
    assert other.as_json()["fees_at"] == "2026-02-01T00:00:00+00:00"
    assert ReplayRequest.from_json(other.as_json()).fees_at == at


def test_what_is_left_out_is_by_default() -> None:
    assert ReplayRequest.from_json({}) == ReplayRequest(config=BacktestConfig())


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"filr": "x"}, "'filr' is no part of a request"),
        ({"symbols": "BTC/USD"}, "symbols is 'BTC/USD'; it must be a list"),
        ({"start": "soon"}, "start is 'soon'"),
        ({"start": 5}, "start is 5"),
        ({"end": "2026-03-01T00:00:00"}, "without a zone"),
        ({"balances": ["USD"]}, "balances are"),
        ({"balances": {"USD": "much"}}, "the balance of USD is 'much'"),
    ],
)
def test_what_is_no_request_is_refused_with_the_reason(
    values: dict[str, object], words: str
) -> None:
    with pytest.raises(ReplayError, match=words):
        ReplayRequest.from_json(values)


def test_an_unknown_parameter_is_refused_as_everywhere() -> None:
    with pytest.raises(ConfigError, match="did you mean seed"):
        ReplayRequest.from_json({"config": {"seeed": 1}})
