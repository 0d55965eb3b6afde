"""The figures by name, each with the function that measures it, its floor and its aim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.benchmarks import engine, jobs, load, machine, pairings, storage, sweeps

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.workbench import Workbench

Value = float | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure: `measure`'s name is its name, `measure`'s docstring says how it is measured.

    `floor` and `aim` None: nothing is asked of it. `postgresql_floor` None: the same as on SQLite.
    `only_when_named`: it takes too much memory for a run of all.
    """

    measure: Callable[[Workbench], Value]
    unit: str = ""
    floor: float | None = None
    aim: float | None = None
    postgresql_floor: float | None = None
    less_is_better: bool = False
    only_when_named: bool = False

    @property
    def name(self) -> str:
        return self.measure.__name__

    def floor_on(self, server: str | None) -> float | None:
        """Return the floor on PostgreSQL where `server` names one, else on SQLite."""
        return self.floor if server is None else self.postgresql_floor or self.floor

    def verdict(self, value: float, server: str | None) -> str:
        """Return what of floor and aim a value meets; empty where nothing is asked."""
        floor = self.floor_on(server)
        if floor is None or self.aim is None:
            return ""
        sign = -1 if self.less_is_better else 1
        if sign * value >= sign * self.aim:
            return "aim met"
        return "floor met" if sign * value >= sign * floor else "missed"


FIGURES: Final = (
    Figure(measure=engine.engine_events_per_s, unit="events/s", floor=50e6, aim=100e6),
    Figure(measure=engine.engine_events_per_s_3pct, unit="events/s", floor=20e6, aim=40e6),
    Figure(measure=engine.engine_events_per_s_standing, unit="events/s", floor=40e6, aim=70e6),
    Figure(measure=engine.twin_events_per_s, unit="events/s"),
    Figure(measure=engine.engine_over_twin, unit="times", floor=400, aim=1000),
    Figure(
        measure=storage.run_from_cache_s, unit="seconds", floor=1.5, aim=0.7, less_is_better=True
    ),
    Figure(
        measure=storage.db_load_per_s,
        unit="events/s",
        floor=600e3,
        aim=1e6,
        postgresql_floor=500e3,
    ),
    Figure(measure=storage.cache_load_per_s, unit="events/s", floor=10e6, aim=40e6),
    Figure(
        measure=storage.import_per_s, unit="events/s", floor=60e3, aim=150e3, postgresql_floor=50e3
    ),
    Figure(
        measure=storage.resident_bytes_per_event,
        unit="bytes",
        floor=64,
        aim=34,
        less_is_better=True,
    ),
    Figure(measure=jobs.submit_ms, unit="ms", floor=50, aim=10, less_is_better=True),
    Figure(measure=jobs.claim_ms_p95, unit="ms", floor=5, aim=2.5, less_is_better=True),
    Figure(measure=jobs.panel_ms, unit="ms", floor=20, aim=8, less_is_better=True),
    Figure(measure=jobs.history_ms, unit="ms", floor=20, aim=8, less_is_better=True),
    Figure(measure=jobs.admin_list_ms, unit="ms", floor=300, aim=100, less_is_better=True),
    Figure(measure=jobs.refusal_ms, unit="ms", floor=100, aim=20, less_is_better=True),
    Figure(measure=jobs.store_report_s, unit="seconds", floor=2, aim=0.5, less_is_better=True),
    Figure(measure=load.polls_per_s, unit="polls/s", floor=45, aim=49),
    Figure(measure=load.poll_p95_ms, unit="ms", floor=150, aim=60, less_is_better=True),
    Figure(measure=load.replay_slowdown, unit="per cent", floor=25, aim=10, less_is_better=True),
    Figure(measure=sweeps.sets_per_s, unit="sets/s"),
    Figure(measure=sweeps.sweep_seconds, unit="seconds", floor=0.5, aim=0.05, less_is_better=True),
    Figure(measure=sweeps.sweep_over_single, unit="times", less_is_better=True),
    Figure(measure=sweeps.sweep_over_rerun, unit="times", floor=50, aim=300),
    Figure(
        measure=sweeps.sweep_seconds_5m,
        unit="seconds",
        floor=3,
        aim=0.25,
        less_is_better=True,
        only_when_named=True,
    ),
    Figure(measure=sweeps.pbo_seconds, unit="seconds", floor=5, aim=2, less_is_better=True),
    Figure(measure=pairings.triangles_ms, unit="ms", floor=500, aim=10, less_is_better=True),
    Figure(measure=machine.cpu),
    Figure(measure=machine.python),
)
NAMES: Final = tuple(figure.name for figure in FIGURES)
