from __future__ import annotations

import json
import os
import subprocess
import sys
from io import StringIO

import pytest
from rich.console import Console

from pairings.cycles import CurrencyGraph
from tests.benchmarks.__main__ import main
from tests.benchmarks.figures import FIGURES, NAMES, Figure, Value
from tests.benchmarks.pairings import exchange
from tests.benchmarks.storage import run_from_cache_s
from tests.benchmarks.table import figures_table, readable
from tests.databases import PROJECT

PROMISED = (
    "engine_events_per_s",
    "engine_events_per_s_3pct",
    "engine_events_per_s_standing",
    "twin_events_per_s",
    "engine_over_twin",
    "run_from_cache_s",
    "db_load_per_s",
    "cache_load_per_s",
    "import_per_s",
    "resident_bytes_per_event",
    "submit_ms",
    "claim_ms_p95",
    "panel_ms",
    "history_ms",
    "admin_list_ms",
    "refusal_ms",
    "store_report_s",
    "polls_per_s",
    "poll_p95_ms",
    "replay_slowdown",
    "sets_per_s",
    "sweep_seconds",
    "sweep_over_single",
    "sweep_over_rerun",
    "sweep_seconds_5m",
    "pbo_seconds",
    "triangles_ms",
    "cpu",
    "python",
)
ONLY_WHEN_NAMED = ("sweep_seconds_5m",)


def run_benchmarks(*arguments: str) -> str:
    """Return what a run prints; on SQLite, whatever database the tests run on."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    command = [sys.executable, "-m", "tests.benchmarks", *arguments]
    return subprocess.run(
        command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


def figure(*, less_is_better: bool = False) -> Figure:
    return Figure(
        measure=run_from_cache_s,
        floor=4.0,
        aim=2.0 if less_is_better else 8.0,
        postgresql_floor=3.0,
        less_is_better=less_is_better,
    )


def test_the_figures_are_those_that_were_promised() -> None:
    assert NAMES == PROMISED


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_says_how_it_is_measured(name: str) -> None:
    measured = FIGURES[NAMES.index(name)].measure

    assert len(measured.__doc__ or "") > 40


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_small_run_gives_every_figure_as_json() -> None:
    values = json.loads(run_benchmarks("--json", "--once", "--events", "2000"))

    assert tuple(values) == tuple(name for name in PROMISED if name not in ONLY_WHEN_NAMED)
    kinds = {name: type(value) for name, value in values.items() if type(value) is not float}
    assert kinds == {"cpu": str, "python": str}
    numbers = [value for value in values.values() if isinstance(value, float)]
    assert all(0 <= value < float("inf") for value in numbers)
    assert [name for name, value in values.items() if value == 0] in ([], ["replay_slowdown"])


def test_the_exchange_is_as_large_as_it_is_said_to_be() -> None:
    rules = exchange()

    assert len(rules) == 291
    assert len(CurrencyGraph(rules).triangles()) == 575


def test_only_what_is_asked_for_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "--only", "python", "cpu"]) == 0

    assert set(json.loads(capsys.readouterr().out)) == {"cpu", "python"}


@pytest.mark.slow
def test_what_takes_much_memory_is_measured_when_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "--once", "--events", "2000", "--only", *ONLY_WHEN_NAMED]) == 0

    assert json.loads(capsys.readouterr().out)["sweep_seconds_5m"] > 0


@pytest.mark.parametrize("arguments", [["--only", "speed"], ["--events", "10"], ["--events", "x"]])
def test_it_refuses_what_it_cannot_measure(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)

    assert arguments[1] in capsys.readouterr().err


@pytest.mark.parametrize(
    ("value", "verdict"),
    [(8.0, "aim met"), (7.9, "floor met"), (4.0, "floor met"), (3.9, "missed")],
)
def test_a_figure_is_held_to_its_floor_and_aim(value: float, verdict: str) -> None:
    assert figure().verdict(value, None) == verdict


@pytest.mark.parametrize(
    ("value", "verdict"),
    [(2.0, "aim met"), (2.1, "floor met"), (4.0, "floor met"), (4.1, "missed")],
)
def test_where_less_is_better_it_must_be_below(value: float, verdict: str) -> None:
    assert figure(less_is_better=True).verdict(value, None) == verdict


def test_postgresql_has_floors_of_its_own() -> None:
    assert figure().verdict(3.5, "postgresql://server/") == "floor met"
    assert figure().verdict(3.5, None) == "missed"


def test_the_table_says_what_is_met_and_on_what_machine() -> None:
    values: dict[str, Value] = {
        "engine_events_per_s": 123e6,
        "run_from_cache_s": 9.0,
        "cpu": "A fast one",
    }
    shown = StringIO()

    Console(file=shown, width=80).print(figures_table(values, events=5_000, server=None, load=0.5))

    rows = {line.split()[1]: line for line in shown.getvalue().splitlines() if "_s " in line}
    assert all(words in rows["engine_events_per_s"] for words in ("123 M", "100 M", "aim met"))
    assert all(words in rows["run_from_cache_s"] for words in ("9.00", "0.70", "missed"))
    assert "A fast one" in shown.getvalue()
    assert "meant for 1,000,000 events" in shown.getvalue()


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (123_456_789.0, "123 M"), (60e3, "60 k"), (1_450.4, "1,450"), (0.567, "0.57")],
)
def test_a_value_is_shown_in_few_digits(value: float | None, text: str) -> None:
    assert readable(value) == text
