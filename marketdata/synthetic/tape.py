"""A synthetic recording: its blocks, its ledger, its header and the pairings it trades."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from marketdata.columns import build_columns
from marketdata.moments import to_us
from marketdata.synthetic.build import build_blocks
from marketdata.synthetic.ladders import LEVELS
from marketdata.synthetic.market import Market
from marketdata.synthetic.profiles import PROFILES
from marketdata.synthetic.universe import DEFAULT_PAIRINGS, MIN_PAIRINGS, PAIRINGS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from numpy.typing import NDArray

    from marketdata.columns import BookColumns
    from marketdata.synthetic.block import Block
    from marketdata.synthetic.ledger import Dislocation
    from pairings.rules import PairingRules

# Raised whenever the same arguments no longer give the same bytes.
GENERATOR_VERSION: Final = 1
DEFAULT_EVENTS: Final = 200_000
DEFAULT_START: Final = datetime(2025, 3, 3, 12, tzinfo=UTC)
MAX_EVENTS: Final = 1_000_000_000
MAX_SEED: Final = 2**32 - 1
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)


class SyntheticError(ValueError):
    """A recording that was asked for cannot be made; the message names the value and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TapeRequest:
    """What a synthetic recording is asked to be. The same request gives the same bytes."""

    profile: str = "stress"
    events: int = DEFAULT_EVENTS
    seed: int = 0
    pairs: int = DEFAULT_PAIRINGS
    start: datetime = DEFAULT_START
    has_faults: bool = False

    def __post_init__(self) -> None:
        if self.profile not in PROFILES:
            raise SyntheticError(
                f"profile was {self.profile!a}; it must be one of {', '.join(PROFILES)}"
            )
        _check_range("pairs", self.pairs, MIN_PAIRINGS, len(PAIRINGS))
        _check_range("events", self.events, self.pairs, MAX_EVENTS)
        _check_range("seed", self.seed, 0, MAX_SEED)
        if self.start.tzinfo is None:
            raise SyntheticError(
                f"start was {self.start.isoformat()} without a zone; "
                f"end it in Z or an offset such as +00:00"
            )
        if not _EARLIEST <= self.start < _LATEST:
            raise SyntheticError(
                f"start was {self.start.isoformat()}; it must lie from {_EARLIEST.date()} "
                f"to before {_LATEST.date()}"
            )

    @property
    def name(self) -> str:
        faults = "-faults" if self.has_faults else ""
        return f"synthetic-{self.profile}{faults}-{self.events}-seed{self.seed}"

    def market(self) -> Market:
        return Market.of(PROFILES[self.profile], PAIRINGS[: self.pairs])

    def rules(self) -> tuple[PairingRules, ...]:
        """Return the rules of the pairings it trades, with Kraken's entry fee of 0.40 %."""
        return tuple(pairing.rules() for pairing in PAIRINGS[: self.pairs])

    def header(self) -> dict[str, Any]:
        """Return the recording's header: line 1 of its file."""
        return {
            "recording": {
                "name": self.name,
                "source": "synthetic",
                "synthetic": True,
                "profile": self.profile,
                "seed": self.seed,
                "events": self.events,
                "pairs": self.pairs,
                "start": self.start.astimezone(UTC).isoformat(),
                "faults": self.has_faults,
                "limit_gross_bps": PROFILES[self.profile].limit_bps,
                "generator": GENERATOR_VERSION,
            }
        }

    def blocks(self) -> Iterator[Block]:
        """Yield the recording's events in order, tens of thousands at a time."""
        return build_blocks(
            self.market(),
            start_us=to_us(self.start),
            events=self.events,
            seed=self.seed,
            has_faults=self.has_faults,
        )


def _check_range(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise SyntheticError(f"{name} was {value}; it must lie from {least} to {most}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SyntheticTape:
    """A recording in memory: event columns as `marketdata.columns.build_columns` takes them.

    `time_us`, `symbol`, `bid_count`, `ask_count` (n,); `levels` (L, 2), each event's bids, then
    its asks; `ledger` is the exact truth about its gross edges above `limit_bps`.
    """

    request: TapeRequest
    header: dict[str, Any]
    symbols: tuple[str, ...]
    pairings: tuple[PairingRules, ...]
    limit_bps: float
    time_us: NDArray[np.int64]
    symbol: NDArray[np.uint16]
    bid_count: NDArray[np.uint16]
    ask_count: NDArray[np.uint16]
    levels: NDArray[np.float64]
    ledger: tuple[Dislocation, ...]

    def __len__(self) -> int:
        return len(self.time_us)

    def columns(self) -> BookColumns:
        return build_columns(
            symbols=self.symbols,
            time_us=self.time_us,
            symbol=self.symbol,
            bid_count=self.bid_count,
            ask_count=self.ask_count,
            levels=self.levels,
        )


def make_recording(
    profile: str = "stress",
    events: int = DEFAULT_EVENTS,
    seed: int = 0,
    *,
    pairs: int = DEFAULT_PAIRINGS,
    start: datetime = DEFAULT_START,
    has_faults: bool = False,
) -> SyntheticTape:
    """Return a synthetic recording of `events` events; raise SyntheticError for bad values."""
    request = TapeRequest(
        profile=profile, events=events, seed=seed, pairs=pairs, start=start, has_faults=has_faults
    )
    blocks = list(request.blocks())
    return SyntheticTape(
        request=request,
        header=request.header(),
        symbols=request.market().symbols,
        pairings=request.rules(),
        limit_bps=PROFILES[profile].limit_bps,
        time_us=np.concatenate([block.time_us for block in blocks]),
        symbol=np.concatenate([block.symbol for block in blocks]).astype(np.uint16),
        bid_count=np.concatenate([block.bid_count for block in blocks]).astype(np.uint16),
        ask_count=np.concatenate([block.ask_count for block in blocks]).astype(np.uint16),
        levels=np.concatenate([flat_levels(block) for block in blocks]),
        ledger=tuple(row for block in blocks for row in block.ledger),
    )


def events_for(duration: timedelta, profile: str, pairs: int = DEFAULT_PAIRINGS) -> int:
    """Return about how many events a recording of this length has."""
    market = TapeRequest(profile=profile, pairs=pairs).market()
    return max(pairs, round(duration.total_seconds() * market.events_per_s()))


def flat_levels(block: Block) -> NDArray[np.float64]:
    """Return a block's levels (L, 2) one after another, without those of empty sides."""
    pairs = np.stack((block.prices, block.quantities), axis=2)
    rank = np.arange(LEVELS)
    kept = np.concatenate(
        (rank < block.bid_count[:, None], rank < block.ask_count[:, None]), axis=1
    )
    return pairs[kept]
