"""What a sweep is asked for, as a value and as the plain values a job keeps.

Like `requests`, it knows neither Numba nor the database.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from backtesting.requests import ReplayRequest
from backtesting.search.grid import SweepAxes, SweepError
from backtesting.search.options import SearchOptions

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepRequest:
    """A sweep: what one replay of it is asked for, the axes of the grid, how to judge.

    A universe of the axes overrides the replay's symbols.
    """

    replay: ReplayRequest
    axes: SweepAxes
    options: SearchOptions = field(default_factory=SearchOptions)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> SweepRequest:
        """Return the request that `as_json` gave; raise a ValueError for what is none."""
        try:
            return cls(
                replay=ReplayRequest.from_json(values["replay"]),
                axes=SweepAxes.from_json(values["axes"]),
                options=SearchOptions.from_json(values["options"]),
            )
        except (KeyError, TypeError) as error:
            raise SweepError(f"this is no request for a sweep: {error}") from error

    def as_json(self) -> dict[str, Any]:
        """Return the request as plain values: the same for the same request."""
        return {
            "replay": self.replay.as_json(),
            "axes": self.axes.as_json(),
            "options": self.options.as_json(),
        }

    @property
    def events(self) -> ReplayRequest:
        """Return the request for all events of the sweep: those of the union of its universes."""
        named = [universe for universe in self.axes.universe if universe is not None]
        if len(named) < len(self.axes.universe):
            return self.replay
        union = tuple(dict.fromkeys(symbol for universe in named for symbol in universe))
        return replace(self.replay, symbols=union)
