"""Which fee is charged and where it comes from: the standard's section 8, to the last sentence."""

from __future__ import annotations

from typing import Any

import pytest

from backtesting.engine.config import BacktestConfig
from backtesting.engine.engine import BacktestReplayEngine
from backtesting.engine.fees import AccountRates, FeeError, FeeRate, resolve_fees, source_of
from pairings.cycles import CurrencyGraph
from pairings.rules import PairingRules
from tests.backtesting.engine.running import event_store
from tests.tapes import top, triangle

TRIANGLE = ("BTC/USD", "ETH/BTC", "ETH/USD")
TIERS = ((0.0, 0.004), (10_000.0, 0.0035), (50_000.0, 0.0024))


def rules(symbol: str, **fields: Any) -> PairingRules:
    base, quote = symbol.split("/")
    return PairingRules(symbol=symbol, base=base, quote=quote, **fields)


def resolve(
    pairing: PairingRules, account: AccountRates | None = None, **config: Any
) -> FeeRate | None:
    settings = BacktestConfig.from_values(config)
    return resolve_fees(settings, [pairing], account, traded={pairing.symbol})[pairing.symbol]


BTC = rules("BTC/USD", taker_fee=0.0026, fee_tiers=TIERS)
BARE = rules("BTC/USD")
ACCOUNT = AccountRates(general=0.0016, by_symbol={"BTC/USD": 0.0014})


@pytest.mark.parametrize("account", [None, ACCOUNT])
@pytest.mark.parametrize("pairing", [BTC, BARE])
def test_a_fee_rate_is_flat_whatever_else_is_known(
    pairing: PairingRules, account: AccountRates | None
) -> None:
    assert resolve(pairing, account, fee_rate=0.001) == FeeRate(0.001, "flat")


def test_no_fee_rate_means_the_accounts_rate_for_the_pairing() -> None:
    assert resolve(BTC, ACCOUNT) == FeeRate(0.0014, "account")


def test_an_account_without_a_rate_for_the_pairing_gives_its_general_one() -> None:
    other = AccountRates(general=0.0016, by_symbol={"ETH/USD": 0.0014})

    assert resolve(BTC, other) == FeeRate(0.0016, "account")


def test_an_account_may_pay_nothing() -> None:
    assert resolve(BTC, AccountRates(general=0.0)) == FeeRate(0.0, "account")


@pytest.mark.parametrize("account", [None, AccountRates()])
def test_without_an_accounts_rate_the_first_tier_is_charged(account: AccountRates | None) -> None:
    assert resolve(BTC, account) == FeeRate(0.0026, "schedule")


def test_the_schedule_profile_passes_over_the_account() -> None:
    assert resolve(BTC, ACCOUNT, fee_profile="schedule") == FeeRate(0.0026, "schedule")


def test_the_zero_profile_asks_for_none_even_where_none_is_known() -> None:
    assert resolve(BARE, ACCOUNT, fee_profile="zero") == FeeRate(0.0, "zero")


@pytest.mark.parametrize(
    ("volume", "rate"),
    [("0", 0.004), ("9999.99", 0.004), ("10000", 0.0035), ("49999", 0.0035), ("1000000", 0.0024)],
)
def test_a_volume_profile_charges_the_tier_that_it_has_reached(volume: str, rate: float) -> None:
    assert resolve(BTC, ACCOUNT, fee_profile=f"volume:{volume}") == FeeRate(rate, "schedule")


def test_no_volume_is_the_first_tier_where_no_tiers_are_known() -> None:
    pairing = rules("BTC/USD", taker_fee=0.0026)

    assert resolve(pairing, fee_profile="volume:0") == FeeRate(0.0026, "schedule")


def test_a_volume_without_tiers_is_refused_with_the_remedy() -> None:
    pairing = rules("BTC/USD", taker_fee=0.0026)

    with pytest.raises(FeeError, match=r"no fee tier of BTC/USD is known at 50000 USD.*AssetPairs"):
        resolve(pairing, fee_profile="volume:50000")


@pytest.mark.parametrize("config", [{}, {"fee_profile": "schedule"}])
def test_no_fee_known_is_refused_with_every_remedy(config: dict[str, Any]) -> None:
    with pytest.raises(FeeError) as refused:
        resolve(BARE, None, **config)

    said = str(refused.value)
    assert said.startswith("no fee is known for BTC/USD")
    assert all(
        remedy in said
        for remedy in ("fee_rate", "load_pairings", "account snapshot", "fee_profile=zero")
    )


def test_the_schedule_profile_does_not_fall_back_on_the_account() -> None:
    with pytest.raises(FeeError):
        resolve(BARE, ACCOUNT, fee_profile="schedule")


def test_one_source_is_named_and_several_are_mixed() -> None:
    flat, own = FeeRate(0.001, "flat"), FeeRate(0.001, "schedule")

    assert source_of([flat, flat]) == "flat"
    assert source_of([flat, own]) == "mixed"


def test_a_pairing_in_no_cycle_may_be_without_a_fee() -> None:
    fees = resolve_fees(BacktestConfig(), [BTC, rules("XRP/EUR")], None, traded={"BTC/USD"})

    assert fees == {"BTC/USD": FeeRate(0.0026, "schedule")}


def report_of(*extra: PairingRules, account: AccountRates | None = None) -> Any:
    events = [*triangle(), *(top(pairing.symbol, 1.0, 1.1, t=1) for pairing in extra)]
    pairings = {pairing.symbol: pairing for pairing in (*map(_own, TRIANGLE), *extra)}
    return BacktestReplayEngine(
        BacktestConfig(),
        event_store(events),
        CurrencyGraph(pairings.values()).cycles(["USD"]),
        rules=pairings,
        account=account,
    ).run()


def _own(symbol: str) -> PairingRules:
    return rules(symbol, taker_fee=0.0026)


@pytest.mark.parametrize(
    "account", [None, AccountRates(by_symbol=dict.fromkeys(TRIANGLE, 0.001))], ids=["own", "acct"]
)
@pytest.mark.parametrize("extra", [rules("XRP/EUR"), rules("XRP/EUR", taker_fee=0.9)])
def test_an_extra_pairing_changes_no_fee_source(
    extra: PairingRules, account: AccountRates | None
) -> None:
    alone, beside = report_of(account=account), report_of(extra, account=account)

    assert beside.fee_source == alone.fee_source == ("schedule" if account is None else "account")
    assert alone.fee_rates.items() <= beside.fee_rates.items()


def test_the_report_names_rate_and_source_by_symbol() -> None:
    report = report_of(account=AccountRates(by_symbol={"ETH/BTC": 0.001}))

    assert report.fee_source == "mixed"
    assert report.fee_rates == {
        "BTC/USD": FeeRate(0.0026, "schedule"),
        "ETH/BTC": FeeRate(0.001, "account"),
        "ETH/USD": FeeRate(0.0026, "schedule"),
    }
