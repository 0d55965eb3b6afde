"""A set of a sweep as a single replay: the request whose report equals the set's row."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from backtesting.sweeps.requests import SweepRequest
from marketdata.moments import from_us

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backtesting.requests import ReplayRequest
    from backtesting.search.artifacts import SweepArtifacts

WINDOWS: Final = ("train", "test")
# What names the data as a whole: a window of it is loaded as other data, from as many recordings
# as reach into it.
_OF_THE_WHOLE: Final = frozenset({"data_fingerprint", "recordings", "rejected_events"})


def request_alone(
    asked: Mapping[str, Any], artifacts: SweepArtifacts, index: int, window: str
) -> ReplayRequest:
    """Return the request for a set in the train or test window; `asked` as the sweep's job has it.

    Fees are those of the sweep's start, as in the row.
    """
    sweep = SweepRequest.from_json(asked).replay
    parameters, split = artifacts.grid[index], artifacts.splits[0]
    begin, middle = from_us(split.begin_us), from_us(split.split_us)
    is_train = window == "train"
    return replace(
        sweep,
        config=parameters.config(artifacts.base),
        symbols=parameters.universe,
        recordings=sweep.recordings if sweep.file else artifacts.source.recordings,
        start=begin if is_train else middle,
        end=middle if is_train else from_us(split.last_us) + timedelta(microseconds=1),
        fees_at=sweep.fees_at or sweep.start or begin,
    )


def differences(row: Mapping[str, Any], report: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the figures in which a replay of a set alone differs from the set's row: none."""
    return tuple(
        name
        for name, value in row.items()
        if name not in _OF_THE_WHOLE and report.get(name) != value
    )
