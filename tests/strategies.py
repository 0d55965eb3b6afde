"""Hypothesis strategies that make small but nasty tapes, to hold two engines to each other.

A case is drawn in three steps: a `World` (assets, what they are worth, pairings), a tape of it and
a configuration. Few distinct prices and quantities make exact ties, standing edges and levels
that come back; each event costs one draw, so that a long tape is made and shrunk quickly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.backtesting.engine.twin.cycles import find_cycles
from tests.backtesting.engine.twin.detection import Watch
from tests.backtesting.engine.twin.market import Market
from tests.backtesting.engine.twin.pairs import make_pairs
from tests.backtesting.engine.twin.settings import Settings
from tests.tapes import book, pairing

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

    from tests.backtesting.engine.twin.market import Event, Levels
    from tests.backtesting.engine.twin.pairs import PairingRow

NAMES = ("USD", "BTC", "ETH", "EUR", "SOL", "ADA")
# Pairs of assets by place: the first three places are always a triangle.
TRIANGLE = ((0, 1), (1, 2), (0, 2))
TWO_TRIANGLES = (*TRIANGLE, (1, 3), (2, 3))
COMPLETE_4 = (*TWO_TRIANGLES, (0, 3))
COMPLETE_5 = (*COMPLETE_4, (0, 4), (1, 4), (2, 4), (3, 4))
GRAPHS = (
    TRIANGLE,
    (*TRIANGLE, (0, 3)),
    (*TRIANGLE, (0, 3), (3, 4)),
    TWO_TRIANGLES,
    (*TWO_TRIANGLES, (0, 4)),
    COMPLETE_4,
    (*COMPLETE_4, (0, 4)),
    COMPLETE_5,
)
# Powers of two give returns without rounding, and with them exact ties.
EXACT_VALUES = (1.0, 2.0, 0.5, 64.0)
VALUES = (1.0, 1.08, 0.45, 150.0, 3000.0, 60000.0)
EXACT_STEPS = (1 / 64, 1 / 256)
STEPS = (0.01, 0.004, 0.001)
# Sizes of levels, as shares of what a trade wants to move.
SHARES = (1.0, 0.4, 3.0, 0.8, 2.0, 0.03, 20.0, 0.0001)
MINIMUMS = (0.0, 0.001, 0.0, 0.02, 0.001, 0.3, 0.0, 0.97)
# Trades on the heels of each other: they meet what the ones before them left.
BUSY = {
    "reentry": "always",
    "max_concurrent_trades": 4,
    "staleness_threshold_ms": None,
    "min_profit_threshold": -0.01,
    "execution_latency_ms": 20.0,
}
DEEP = ((1.0, 20.0), (1.0, 20.0))
DRY = ((0.0001,), (0.0001,))
OFFSETS = (0, 0, 1, -1, 2, -2, 4, -4, 7)
SPREADS = (1, 1, 2)
GAPS_US = (20_000, 0, 0, 0, 1_000, 5_000, 10_000, 40_000, 100_000, 400_000, 1_000_000, 7)
STANDING_GAPS_US = (
    20_000,
    0,
    0,
    20_000,
    20_000,
    20_000,
    40_000,
    40_000,
    60_000,
    20_000,
    100_000,
    7,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayCase:
    """One replay to run twice: what `twin.replay` takes."""

    events: list[Event]
    pairings: list[PairingRow]
    config: dict[str, Any]
    balances: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """`worth` is by asset, in any one unit; `core` are the assets of triangles."""

    pairings: list[PairingRow]
    worth: dict[str, float]
    core: tuple[str, ...]
    quote_asset: str
    capital: float
    step: float

    @property
    def symbols(self) -> list[str]:
        return [row["symbol"] for row in self.pairings]

    def amount(self, asset: str) -> float:
        """Return how much of the asset one trade's capital is worth."""
        return self.capital * self.worth[self.quote_asset] / self.worth[asset]


def replay_cases() -> SearchStrategy[ReplayCase]:
    """Return cases of 3 to 10 symbols and 5 to 125 events that often trade and always could."""
    return _replay_cases()


@st.composite
def _replay_cases(draw: DrawFn) -> ReplayCase:
    world = draw(worlds())
    events = draw(tapes(world))
    config = draw(configs(world))
    if draw(st.integers(0, 3)) == 3:
        config |= draw(thresholds_that_occur(world, events, config))
    balances = {
        asset: world.amount(asset) * draw(st.sampled_from((10.0, 4.0, 10.0, 1.0, 0.5, 1.5)))
        for asset in dict.fromkeys((*(config.get("start_assets") or ()), world.quote_asset))
        if asset in world.worth
    }
    return ReplayCase(events=events, pairings=world.pairings, config=config, balances=balances)


@st.composite
def worlds(draw: DrawFn) -> World:
    edges = draw(st.sampled_from(GRAPHS))
    names = draw(st.permutations(NAMES)) if draw(st.booleans()) else NAMES
    assets = tuple(names[: 1 + max(max(edge) for edge in edges)])
    is_exact = draw(st.booleans())
    choice = st.sampled_from(EXACT_VALUES if is_exact else VALUES)
    worth = {asset: draw(choice) for asset in assets}
    outside = assets[min(3, len(assets) - 1)]
    quote_asset = draw(st.sampled_from((assets[0],) * 6 + (assets[1], outside)))
    world = World(
        pairings=[],
        worth=worth,
        core=tuple(assets[place] for place in range(4 if edges[3:5] == TWO_TRIANGLES[3:] else 3)),
        quote_asset=quote_asset,
        capital=draw(st.sampled_from((100.0, 64.0, 10.0, 1000.0, 33.3))),
        step=draw(st.sampled_from(EXACT_STEPS if is_exact else STEPS)),
    )
    for edge in edges:
        ends = [assets[place] for place in edge]
        base, quote = ends if draw(st.booleans()) else reversed(ends)
        world.pairings.append(draw(_pairings(world, f"{base}/{quote}")))
    return world


@st.composite
def _pairings(draw: DrawFn, world: World, symbol: str) -> PairingRow:
    """Return a pairing whose lots are fine or coarse, and whose minimums sometimes bite."""
    base, quote = symbol.split("/")
    amount, cost = world.amount(base), world.amount(quote)
    # So many decimals make ten lots or more of what a trade moves.
    enough = min(8, max(0, math.ceil(1 - math.log10(amount))))
    return pairing(
        symbol,
        fee=draw(st.sampled_from((0.0, 0.0004, 0.0026, 1 / 1024, 0.004))),
        lot_decimals=draw(st.sampled_from((8, enough, min(8, enough + 2), max(0, enough - 1)))),
        order_min=amount * draw(st.sampled_from(MINIMUMS)),
        cost_min=cost * draw(st.sampled_from(MINIMUMS)),
    )


@st.composite
def tapes(draw: DrawFn, world: World) -> list[Event]:
    """Return events in replay order; most tapes open with every symbol's book in one tick."""
    side = st.lists(st.sampled_from(SHARES), max_size=4) | st.just([0.2] * 12)
    sizes = [DEEP, DEEP, *draw(st.lists(st.tuples(side, side), min_size=1, max_size=5)), DRY]
    symbols = world.symbols
    menu = (len(symbols), len(OFFSETS), len(SPREADS), len(sizes), len(GAPS_US))
    count = draw(st.integers(5, 120))
    numbers = st.integers(0, math.prod(menu) - 1)
    opening_sizes = st.sampled_from((0,) * 12 + (2,))
    opening: list[tuple[int, ...]] = [
        (place, 0, 0, draw(opening_sizes), 1) for place in range(len(symbols))
    ]
    dishes = [] if draw(st.integers(0, 4)) == 4 else opening
    dishes += [
        _dish(number, menu) for number in draw(st.lists(numbers, min_size=count, max_size=count))
    ]
    # A market that dries up leaves positions unsold, or on offer until it is back.
    dry = draw(st.sampled_from(((1, 1), (1, 1), (1, 1), (0.3, 0.6), (0.5, 0.7), (0.7, 1))))
    dry_from, dry_until = (share * len(dishes) for share in dry)
    # Prices that stand still let trade after trade meet the same levels.
    standing = draw(st.sampled_from((False, False, True)))
    standing_offsets = [draw(st.sampled_from(OFFSETS)) for _ in symbols] if standing else []
    events, t = [], draw(st.sampled_from((0, 1_772_366_400_000_000)))
    for place, (symbol, offset, spread, size, gap) in enumerate(dishes):
        t += (STANDING_GAPS_US if standing else GAPS_US)[gap]
        levels = DRY if dry_from <= place < dry_until else sizes[size]
        steps = (standing_offsets[symbol], 1) if standing else (OFFSETS[offset], SPREADS[spread])
        bids, asks = _ladder(world, symbols[symbol], steps, levels)
        events.append(book(symbols[symbol], t=t, bids=bids, asks=asks))
    return events


def _dish(number: int, menu: tuple[int, ...]) -> tuple[int, ...]:
    """Return a choice from each course of the menu, all told by one number."""
    chosen = []
    for course in menu:
        number, choice = divmod(number, course)
        chosen.append(choice)
    return tuple(chosen)


def _ladder(
    world: World, symbol: str, steps: tuple[int, int], sizes: tuple[Any, Any]
) -> tuple[Levels, Levels]:
    """Return bids and asks; `steps` are the best bid's offset from the mid and the spread."""
    offset, spread = steps
    base, quote = symbol.split("/")
    mid, amount = world.worth[base] / world.worth[quote], world.amount(base)

    def level(away: int, share: float) -> tuple[float, float]:
        return float(f"{mid * (1 + away * world.step):.10g}"), max(1e-8, round(amount * share, 8))

    bids = [level(offset - place, share) for place, share in enumerate(sizes[0])]
    asks = [level(offset + spread + place, share) for place, share in enumerate(sizes[1])]
    return bids, asks


@st.composite
def configs(draw: DrawFn, world: World) -> dict[str, Any]:
    """Return the fields of a configuration; those at their default may be left out."""
    config: dict[str, Any] = draw(
        st.fixed_dictionaries(
            {"fill_model": st.sampled_from(("replayed", "modeled"))},
            optional={
                "min_profit_threshold": st.sampled_from((0.0, 1 / 256, 0.01, -0.01, -0.5)),
                "slippage_bps": st.sampled_from((0.0, 1.0, 187.5, 100.0, 300.0)),
                "execution_latency_ms": st.sampled_from((0.0, 20.0, 5.0, 400.0, 3.33335, 0.0007)),
                "latency_jitter_ms": st.sampled_from((0.0, 5.0, 300.0)),
                "seed": st.sampled_from((1, 7, 2**32 - 1)),
                "max_depth_levels": st.integers(1, 10),
                "max_concurrent_trades": st.sampled_from((2, 4, 1, 3)),
                "staleness_threshold_ms": st.sampled_from((None, None, 1000.0, 0.0, 100.5)),
                "reentry": st.sampled_from(("always", "after_reset")),
            },
        )
    )
    config |= {"trade_capital": world.capital, "quote_asset": world.quote_asset}
    config |= draw(st.sampled_from(({}, {}, {"fee_profile": "zero"}, {"fee_rate": 1 / 512})))
    if draw(st.integers(0, 2)) == 2:
        config["min_order_size_by_pair"] = {
            symbol: world.amount(symbol.partition("/")[0]) * draw(st.sampled_from(MINIMUMS))
            for symbol in draw(st.sets(st.sampled_from(world.symbols), min_size=1))
        }
    if draw(st.integers(0, 2)) == 2:
        config |= BUSY
    return config | draw(_starts(world))


@st.composite
def _starts(draw: DrawFn, world: World) -> dict[str, Any]:
    """Return start assets of which at least one is in a triangle; none where they can be."""
    if world.quote_asset in world.core and draw(st.integers(0, 2)):
        return {}
    starts = draw(st.lists(st.sampled_from(NAMES), max_size=2, unique=True))
    surely = draw(st.sampled_from(world.core))
    return {"start_assets": tuple(dict.fromkeys((*starts, surely)))}


@st.composite
def thresholds_that_occur(
    draw: DrawFn, world: World, events: list[Event], config: dict[str, Any]
) -> dict[str, Any]:
    """Return a threshold that some look's return meets exactly, or misses by one bit."""
    settings = Settings(**config)
    pairs = make_pairs(world.pairings, settings, None)
    cycles = find_cycles(pairs.values(), settings.starts())
    market = Market(pairs.values(), settings.quote_asset)
    for event in events[: draw(st.integers(1, len(events)))]:
        market.apply(event)
    cycle = draw(st.sampled_from(cycles))
    if not cycle.symbols <= market.books.keys():
        return {}
    returns = Watch(cycles, market.books, 0.0).returns(cycle)
    if returns is None:
        return {}
    toward = draw(st.sampled_from((returns[0], math.inf, -math.inf)))
    return {"min_profit_threshold": max(math.nextafter(returns[0], toward), -0.99)}
