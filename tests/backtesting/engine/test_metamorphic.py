"""Changes of a tape that may change nothing but names: the standard's sixth law."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from random import Random
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.backtesting.engine.replays import figures
from tests.backtesting.engine.running import prepare
from tests.strategies import ReplayCase, replay_cases
from tests.tapes import book, pairing

if TYPE_CHECKING:
    from backtesting.engine.report import BacktestReport
    from tests.backtesting.engine.twin.market import Event
    from tests.backtesting.engine.twin.pairs import PairingRow

LOOKS = ("looks", "gross_positive", "net_positive", "opportunities_seen", "episodes")
# What an extra pairing may change: what is told of the universe, and the events counted.
TOLD = ("processed_events", "symbols", "fee_rates", "silent_symbols", "recordings")
some = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))


def run(case: ReplayCase) -> BacktestReport:
    return prepare(
        case.events, pairings=case.pairings, config=case.config, balances=dict(case.balances)
    ).run()


def assets_of(case: ReplayCase) -> list[str]:
    named = {case.config["quote_asset"], *(case.config.get("start_assets") or ())}
    paired = {asset for row in case.pairings for asset in (row["base"], row["quote"])}
    return sorted(named | paired | case.balances.keys())


@some
@given(case=replay_cases())
def test_law_6_renaming_assets_in_their_order_changes_only_names(case: ReplayCase) -> None:
    names = {asset: f"N{place:02}" for place, asset in enumerate(assets_of(case))}

    plain = figures(run(case))
    renamed = figures(run(rename(case, names)))

    assert renamed == translate(plain, names)


def rename(case: ReplayCase, names: dict[str, str]) -> ReplayCase:
    """Return the case with assets renamed everywhere."""

    def symbol(old: str) -> str:
        return "/".join(names[asset] for asset in old.split("/"))

    config = case.config | {"quote_asset": names[case.config["quote_asset"]]}
    if starts := config.get("start_assets"):
        config["start_assets"] = tuple(names[asset] for asset in starts)
    if minimums := config.get("min_order_size_by_pair"):
        config["min_order_size_by_pair"] = {
            symbol(name): minimum for name, minimum in minimums.items()
        }
    return ReplayCase(
        events=[{**event, "symbol": symbol(event["symbol"])} for event in case.events],
        pairings=[
            {
                **row,
                "symbol": symbol(row["symbol"]),
                "base": names[row["base"]],
                "quote": names[row["quote"]],
            }
            for row in case.pairings
        ],
        config=config,
        balances={names[asset]: amount for asset, amount in case.balances.items()},
    )


def translate(value: Any, names: dict[str, str]) -> Any:
    """Return a report's values with every asset and symbol in them renamed."""
    if isinstance(value, str):
        parts = value.split("/")
        return "/".join(names[part] for part in parts) if set(parts) <= names.keys() else value
    if isinstance(value, dict):
        return {translate(key, names): translate(item, names) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(translate(item, names) for item in value)
    if hasattr(value, "cycle"):  # a row
        changed = {"cycle": translate(value.cycle, names)}
        if hasattr(value, "orders"):
            changed["orders"] = tuple(
                replace(order, symbol=translate(order.symbol, names)) for order in value.orders
            )
        return replace(value, **changed)
    return value


@some
@given(case=replay_cases(), seed=st.integers(0, 1000))
def test_law_6_permuting_the_symbols_within_a_tick_changes_nothing(
    case: ReplayCase, seed: int
) -> None:
    random = Random(seed)
    events: list[Event] = []
    for _, tick in groupby(case.events, key=lambda event: event["t"]):
        events += permuted(list(tick), random)

    assert in_order(figures(run(replace(case, events=events)))) == in_order(figures(run(case)))


def in_order(values: dict[str, Any]) -> dict[str, Any]:
    """Return figures with the episodes by time, then cycle: their order in a report is free."""
    episodes = sorted(values["episodes"], key=lambda row: (row.start, row.cycle))
    return values | {"episodes": episodes}


def permuted(tick: list[Event], random: Random) -> list[Event]:
    """Return a tick's events in another order, those of one symbol in their own."""
    queues: dict[str, list[Event]] = {}
    for event in tick:
        queues.setdefault(event["symbol"], []).append(event)
    slots = [event["symbol"] for event in tick]
    random.shuffle(slots)
    return [queues[symbol].pop(0) for symbol in slots]


@some
@given(case=replay_cases(), seed=st.integers(0, 1000), fee=st.sampled_from((None, 0.5)))
def test_law_6_a_pairing_in_no_triangle_changes_nothing(
    case: ReplayCase, seed: int, fee: float | None
) -> None:
    random = Random(seed)
    joined = random.choice(
        [asset for asset in assets_of(case) if asset != case.config["quote_asset"]]
    )
    symbol = random.choice((f"MOON/{joined}", f"{joined}/MOON", f"AAVE/{joined}"))
    times = [event["t"] for event in case.events]
    extra = [
        book(symbol, t=random.choice((random.choice(times), random.randint(times[0], times[-1]))))
        for _ in range(20)
    ]
    more = replace(
        case,
        # Sorting is stable: within a tick the others keep their order.
        events=sorted([*extra, *case.events], key=lambda event: event["t"]),
        pairings=[*case.pairings, pairing(symbol, fee=fee)],
    )

    plain, beside = run(case), run(more)

    told = [*TOLD, "inferred_pairings"]
    assert figures(beside, told) == figures(plain, told)
    assert beside.processed_events == plain.processed_events + 20
    assert plain.fee_rates.items() <= beside.fee_rates.items()


@some
@given(case=replay_cases(), power=st.integers(-20, 20), place=st.integers(0, 5))
def test_law_6_scaling_an_asset_changes_no_look(case: ReplayCase, power: int, place: int) -> None:
    others = [asset for asset in assets_of(case) if asset != case.config["quote_asset"]]
    asset = others[place % len(others)]
    assume(asset not in case.balances)

    plain, scaled = run(case), run(scale(case, asset, 2.0**power))

    assert [getattr(scaled, name) for name in LOOKS] == [getattr(plain, name) for name in LOOKS]
    assert [(row.cycle, row.start, row.end) for row in scaled.episode_rows] == [
        (row.cycle, row.start, row.end) for row in plain.episode_rows
    ]


def scale(case: ReplayCase, asset: str, factor: float) -> ReplayCase:
    """Return the case with an asset worth `factor` times as much, and as much less of it."""
    minimums = case.config.get("min_order_size_by_pair")
    config = dict(case.config)
    if minimums:
        config["min_order_size_by_pair"] = {
            symbol: minimum / factor if symbol.startswith(f"{asset}/") else minimum
            for symbol, minimum in minimums.items()
        }
    return ReplayCase(
        events=[scaled_event(event, asset, factor) for event in case.events],
        pairings=[scaled_pairing(row, asset, factor) for row in case.pairings],
        config=config,
        balances=case.balances,
    )


def scaled_event(event: Event, asset: str, factor: float) -> Event:
    base, quote = event["symbol"].split("/")
    price = factor if base == asset else 1 / factor if quote == asset else 1.0
    quantity = 1 / factor if base == asset else 1.0
    return {
        **event,
        "bids": [(level[0] * price, level[1] * quantity) for level in event["bids"]],
        "asks": [(level[0] * price, level[1] * quantity) for level in event["asks"]],
    }


def scaled_pairing(row: PairingRow, asset: str, factor: float) -> PairingRow:
    smaller: PairingRow = {**row}
    if row["base"] == asset:
        smaller["order_min"] = row["order_min"] / factor
    if row["quote"] == asset:
        smaller["cost_min"] = row["cost_min"] / factor
    return smaller
