"""Parameters in words, and the command line that repeats a run."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from typing import Any

import pytest

from backtesting.analysis.parameters import (
    WORDS,
    command_words,
    parameters,
    starting_balances,
)
from backtesting.engine.config import BacktestConfig
from backtesting.management.command_line import request_from
from backtesting.management.commands.replay import Command
from backtesting.requests import ReplayRequest
from config.commands import manage_command

ODD_CONFIG = BacktestConfig.from_values(
    {
        "fee_profile": "volume:50000",
        "min_profit_threshold": 1e-05,
        "quote_asset": "EUR",
        "min_order_size_by_pair": {"BTC/USD": 0.0001},
        "staleness_threshold_ms": 250,
        "fill_model": "replayed",
        "start_assets": ["USD", "EUR"],
    }
)


def asked(line: str) -> ReplayRequest:
    """Return what the replay command understands of a command line."""
    words = shlex.split(line)
    assert words[1:3] == ["manage.py", "replay"]
    parser = Command().create_parser("manage.py", "replay")
    return request_from(vars(parser.parse_args(words[3:])))


def command_line(*asked_and_found: Any) -> str:
    return manage_command(*command_words(*asked_and_found))


def report_of(request: ReplayRequest, **changes: Any) -> dict[str, Any]:
    return {
        "config": request.config.as_json(),
        "recordings": list(request.recordings or ("all of it",)),
        "symbols": list(request.symbols or ("BTC/USD", "ETH/BTC")),
        **changes,
    }


@pytest.mark.parametrize(
    "request_",
    [
        ReplayRequest(config=BacktestConfig(), symbols=("BTC/USD",), recordings=("a",)),
        ReplayRequest(
            config=ODD_CONFIG,
            symbols=("BTC/USD", "ETH/BTC"),
            recordings=("it's; rm -rf $HOME", "--odd name"),
            balances={"USD": 1e-05, "BTC": 0.1},
            start=datetime(2026, 3, 1, 12, tzinfo=UTC),
            end=datetime(2026, 3, 2, 0, 0, 0, 7, tzinfo=UTC),
        ),
        ReplayRequest(
            config=BacktestConfig(quote_asset="1e3", start_assets=("1e3",)),
            file="a file.jsonl.gz",
            skip_bad=True,
            symbols=("BTC/USD",),
        ),
    ],
)
def test_the_command_line_asks_for_the_same(request_: ReplayRequest) -> None:
    line = command_line(request_.as_json(), report_of(request_))

    assert asked(line).as_json() == request_.as_json()


def test_what_was_left_open_is_named_as_it_was_found() -> None:
    request = ReplayRequest(config=BacktestConfig())

    again = asked(command_line(request.as_json(), report_of(request)))

    assert again.recordings == ("all of it",)
    assert again.symbols == ("BTC/USD", "ETH/BTC")


def test_rules_of_its_own_stand_as_a_file() -> None:
    line = command_line({"rules": {}}, report_of(ReplayRequest(config=BacktestConfig())))

    assert "--pairings FILE" in line


def test_every_parameter_is_told() -> None:
    told = parameters(BacktestConfig().as_json())

    assert {one.name for one in told} == set(WORDS) == set(BacktestConfig.__dataclass_fields__)
    assert all(one.is_default and one.text for one in told)


def test_a_parameter_that_was_set_is_marked_and_has_its_unit() -> None:
    told = {one.name: one for one in parameters(ODD_CONFIG.as_json())}

    assert told["min_profit_threshold"].text == "0.1 bps (0.001 %)"
    assert told["staleness_threshold_ms"].text == "250 ms"
    assert told["trade_capital"].text == "100 EUR"
    assert told["start_assets"].text == "USD, EUR"
    assert told["min_order_size_by_pair"].text == "BTC/USD=0.0001"
    assert not told["fill_model"].is_default
    assert told["slippage_bps"].is_default


def test_without_balances_it_starts_from_the_design() -> None:
    config = {"quote_asset": "EUR"}

    assert starting_balances({}, config) == {"EUR": 1000.0}
    assert starting_balances({"balances": {"BTC": 1}}, config) == {"BTC": 1.0}
