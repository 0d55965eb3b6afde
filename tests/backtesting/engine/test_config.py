"""Every parameter of a backtest has its bounds, and says so in one line."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtesting.engine.config import BacktestConfig, ConfigError, check_balances

DAY_MS = 86_400_000.0
HUGE = 10**400  # more than a double can hold
# More digits than Python will print, so that the parameter needs a name of its own.
ENDLESS = pytest.param(10**5000, id="endless")
NAMES = tuple(BacktestConfig.__dataclass_fields__)
# The fields that are plain numbers.
NUMBERS = (
    "fee_rate",
    "min_profit_threshold",
    "trade_capital",
    "slippage_bps",
    "execution_latency_ms",
    "latency_jitter_ms",
    "staleness_threshold_ms",
)
WHOLE = ("seed", "max_depth_levels", "max_concurrent_trades")


def refusal(**values: Any) -> str:
    with pytest.raises(ConfigError) as refused:
        BacktestConfig.from_values(values)
    return str(refused.value)


def test_its_defaults_are_those_of_the_standard() -> None:
    assert BacktestConfig().as_json() == {
        "fee_rate": 0.0,
        "fee_profile": None,
        "min_profit_threshold": 0.0005,
        "trade_capital": 100.0,
        "quote_asset": "USD",
        "slippage_bps": 4.0,
        "execution_latency_ms": 20.0,
        "latency_jitter_ms": 0.0,
        "seed": 0,
        "max_depth_levels": 10,
        "max_concurrent_trades": 1,
        "min_order_size_by_pair": None,
        "staleness_threshold_ms": None,
        "fill_model": "modeled",
        "reentry": "after_reset",
        "start_assets": None,
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fee_rate", 0.0),
        ("fee_rate", 0.999),
        ("min_profit_threshold", -0.999),
        ("min_profit_threshold", 0.0),
        ("trade_capital", 1e-9),
        ("trade_capital", 1e15),
        ("slippage_bps", 0.0),
        ("slippage_bps", 10_000.0),
        ("execution_latency_ms", 0.0),
        ("execution_latency_ms", DAY_MS),
        ("latency_jitter_ms", DAY_MS),
        ("seed", 0),
        ("seed", 2**64 - 1),
        ("max_depth_levels", 1),
        ("max_depth_levels", 1_000_000),
        ("max_concurrent_trades", 1),
        ("max_concurrent_trades", 1_000_000),
        ("staleness_threshold_ms", 0.0),
        ("staleness_threshold_ms", 1e300),
        ("min_order_size_by_pair", {"BTC/USD": 0.0}),
        ("fill_model", "replayed"),
        ("reentry", "always"),
        ("fee_profile", "zero"),
        ("fee_profile", "schedule"),
        ("fee_profile", "volume:0"),
        ("fee_profile", "volume:50000.5"),
        ("quote_asset", "1INCH"),
    ],
)
def test_a_bound_itself_is_allowed_where_it_is_closed(name: str, value: Any) -> None:
    assert getattr(BacktestConfig.from_values({name: value}), name) == value


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("fee_rate", -0.001, "at least 0 and below 1"),
        ("fee_rate", 1.0, "write 0.0026 for 0.26 %"),
        ("min_profit_threshold", -1, "above -1"),
        ("min_profit_threshold", 1.1e15, "at most 1e+15"),
        ("trade_capital", 0, "above 0 and at most 1e+15"),
        ("trade_capital", 1.1e15, "in quote_asset"),
        ("slippage_bps", -1, "at least 0 and at most 10000"),
        ("slippage_bps", 10_000.1, "in basis points"),
        ("execution_latency_ms", -0.1, "at least 0"),
        ("execution_latency_ms", DAY_MS + 1, "in milliseconds"),
        ("latency_jitter_ms", -0.1, "at least 0"),
        ("latency_jitter_ms", DAY_MS + 1, "in milliseconds"),
        ("staleness_threshold_ms", -1, "at least 0 and finite"),
        ("staleness_threshold_ms", math.inf, "at least 0 and finite"),
        ("seed", -1, "a whole number from 0 to 18446744073709551615"),
        ("seed", 2**64, "a whole number from 0 to 18446744073709551615"),
        ("max_depth_levels", 0, "a whole number from 1 to 1000000"),
        ("max_depth_levels", 1_000_001, "a whole number from 1 to 1000000"),
        ("max_concurrent_trades", 0, "a whole number from 1 to 1000000"),
        ("max_concurrent_trades", 1_000_001, "a whole number from 1 to 1000000"),
        ("fill_model", "optimistic", "one of modeled, replayed"),
        ("reentry", "never", "one of after_reset, always"),
        ("fee_profile", "free", '"volume:50000"'),
        ("fee_profile", "volume:", '"volume:50000"'),
        ("fee_profile", "volume:-1", '"volume:50000"'),
        ("fee_profile", "volume:1e5", '"volume:50000"'),
        ("fee_profile", "volume:\u0663", '"volume:50000"'),
        ("fee_profile", "volume:1\n", '"volume:50000"'),
        pytest.param("fee_profile", 10**5000, "thousands of digits", id="endless"),
        ("quote_asset", "", "write its name, such as USD"),
        ("quote_asset", "BTC/USD", "write its name, such as USD"),
        ("quote_asset", None, "write its name, such as USD"),
        ("start_assets", "USD", '["USD", "EUR"]'),
        ("start_assets", [], "null for quote_asset alone"),
        ("start_assets", ["USD", ""], "is no asset"),
        ("start_assets", {"USD": 1}, '["USD", "EUR"]'),
        ("min_order_size_by_pair", [1], "quantities by symbol"),
        ("min_order_size_by_pair", {"BTC/USD": -1}, "of BTC/USD is -1"),
        ("min_order_size_by_pair", {"BTC/USD": math.nan}, "finite quantity from 0 up"),
        ("min_order_size_by_pair", {"BTC/USD": "1"}, "finite quantity from 0 up"),
        ("min_order_size_by_pair", {"BTC/USD": HUGE}, "finite quantity from 0 up"),
        ("min_order_size_by_pair", {"BTCUSD": 1}, "names 'BTCUSD'; write the pairing's symbol"),
        ("min_order_size_by_pair", {7: 1}, "names 7"),
    ],
)
def test_a_value_out_of_bounds_is_refused_by_name_with_the_remedy(
    name: str, value: Any, words: str
) -> None:
    said = refusal(**{name: value})

    assert words in said
    assert name in said or "is no asset" in said


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, HUGE, ENDLESS, True, "1", [1]])
def test_a_number_must_be_a_finite_number(name: str, value: Any) -> None:
    said = refusal(**{name: value})

    assert said.startswith(f"{name} is ")
    assert len(said) < 200


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("value", [math.nan, math.inf, 1.5, HUGE, ENDLESS, True, "1", None])
def test_a_whole_number_must_be_one(name: str, value: Any) -> None:
    said = refusal(**{name: value})

    assert said.startswith(f"{name} is ")
    assert "whole number" in said


def test_a_float_without_a_fraction_is_a_whole_number() -> None:
    seed = BacktestConfig.from_values({"seed": 7.0}).seed

    assert (seed, type(seed)) == (7, int)


def test_an_unknown_name_is_told_the_one_it_resembles() -> None:
    said = refusal(trade_capitol=5)

    assert said == "'trade_capitol' is no parameter of a backtest; did you mean trade_capital?"


def test_an_unknown_name_like_none_is_told_all_of_them() -> None:
    said = refusal(zzz=5)

    assert all(name in said for name in NAMES)


def test_a_rate_and_a_profile_exclude_each_other() -> None:
    assert "set only one of them" in refusal(fee_rate=0.004, fee_profile="zero")


def test_a_profile_goes_with_the_rate_that_asks_for_the_accounts_own() -> None:
    config = BacktestConfig(fee_rate=0.0, fee_profile="zero")

    assert config.fee_profile == "zero"


def test_the_volume_of_a_profile_is_in_dollars() -> None:
    assert BacktestConfig(fee_profile="volume:50000.5").fee_volume == 50000.5
    assert BacktestConfig(fee_profile="schedule").fee_volume is None


def test_start_assets_are_kept_in_order_and_once() -> None:
    config = BacktestConfig.from_values({"start_assets": ["EUR", "USD", "EUR"]})

    assert config.starts == ("EUR", "USD")
    assert config.as_json()["start_assets"] == ["EUR", "USD"]


def test_cycles_start_from_the_quote_asset_where_nothing_is_said() -> None:
    assert BacktestConfig(quote_asset="EUR").starts == ("EUR",)


def test_it_reads_back_from_its_own_json() -> None:
    config = BacktestConfig(start_assets=("USD",), min_order_size_by_pair={"BTC/USD": 1})

    text = json.dumps(config.as_json(), allow_nan=False)

    assert BacktestConfig.from_values(json.loads(text)).as_json() == config.as_json()


@pytest.mark.parametrize(
    ("balances", "words"),
    [
        ({"USD": math.nan}, "the balance of USD is nan"),
        ({"USD": -1}, "the balance of USD is -1"),
        ({"USD": HUGE}, "finite number from 0 up"),
        ({"USD": "1"}, "the balance of USD is '1'"),
        ({"": 1}, "'' is no asset"),
        ({5: 1}, "5 is no asset"),
    ],
)
def test_a_balance_that_can_be_none_is_refused(balances: Any, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        check_balances(balances)


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**320), 10**320)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(("zero", "volume:1", "replayed", "always", "USD", HUGE)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)


@given(values=st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=12), ANYTHING, max_size=4))
def test_it_takes_values_or_refuses_them_in_a_line_whatever_they_are(values: Any) -> None:
    try:
        said = json.dumps(BacktestConfig.from_values(values).as_json(), allow_nan=False)
    except ConfigError as refused:
        said = str(refused)

    assert "\n" not in said
    assert len(said) < 1000
