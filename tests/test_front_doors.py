"""The names that others build on: what the design calls things, importable where it says."""

from __future__ import annotations

import importlib

import pytest

from backtesting import replay, runner

DESIGNED = {
    "ReplayClock",
    "ReplayBookEvent",
    "BacktestConfig",
    "BacktestReport",
    "_SimulatedRestClient",
    "BacktestReplayEngine",
    "load_replay_events",
    "load_replay_events_from_db",
}


def test_the_replays_front_door_holds_the_designs_names() -> None:
    assert set(replay.__all__) >= DESIGNED


@pytest.mark.parametrize("module", [replay, runner], ids=lambda module: module.__name__)
def test_every_name_of_a_front_door_is_there(module: object) -> None:
    names = module.__all__  # type: ignore[attr-defined]  # both modules have one

    assert [name for name in names if not hasattr(module, name)] == []
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", ["_build_cycles_from_events", "_parse_balances", "run_replay"])
def test_the_runner_holds_the_designs_names(name: str) -> None:
    assert callable(getattr(importlib.import_module("backtesting.runner"), name))
