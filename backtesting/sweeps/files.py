"""A sweep's artifacts as files in a folder, for spreadsheets and other programs."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from config.whole_files import written_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from backtesting.search.artifacts import SweepArtifacts, SweepResult

_FIGURES = (
    "processed_events",
    "opportunities_seen",
    "trades_attempted",
    "trades_executed",
    "trades_failed",
    "trades_missed",
    "trades_unsold",
    "win_rate",
    "fill_rate",
    "realized_pnl_usd",
    "max_drawdown_usd",
    "fees_paid_usd",
    "unsold_value_usd",
)


def write_artifacts(artifacts: SweepArtifacts, folder: Path) -> tuple[Path, ...]:
    """Write results.csv, results.json, grid.json, criteria.json and sweep.json; return their paths.

    Each file is whole or not there; those of an earlier sweep are replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    whole = artifacts.as_json()
    results = whole.pop("results")
    grid = [parameters.as_json() for parameters in artifacts.grid]
    texts = {
        "results.csv": results_csv(artifacts),
        "results.json": _json(results),
        "grid.json": _json({"axes": artifacts.axes.as_json(), "sets": grid}),
        "criteria.json": _json(artifacts.options.as_json()),
        "sweep.json": _json(whole),
    }
    return tuple(_write(folder / name, text) for name, text in texts.items())


def results_csv(artifacts: SweepArtifacts) -> str:
    """Return a row a set, best first, with train and test side by side."""
    return "".join(results_csv_lines(artifacts))


def results_csv_lines(artifacts: SweepArtifacts) -> Iterator[str]:
    """Yield the lines of `results_csv`, so that a large sweep need not be text as a whole."""
    for row in _rows(artifacts):
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(row)
        yield line.getvalue()


def _rows(artifacts: SweepArtifacts) -> Iterator[list[Any]]:
    names = list(artifacts.axes.by_name())
    windows = [f"{window}_{name}" for window in ("train", "test") for name in _FIGURES]
    verdicts = ["train_score", "test_score", "generalization_gap", "promotion_ready", "robust"]
    yield ["index", *names, *windows, *verdicts, "failed_gates", "failed_robust_gates"]
    for result in artifacts.results:
        yield _row(result, names)


def _row(result: SweepResult, names: list[str]) -> list[Any]:
    values = result.parameters.as_json()
    return [
        result.index,
        *(" ".join(values[name]) if name == "universe" else values[name] for name in names),
        *(report[name] for report in (result.train, result.test) for name in _FIGURES),
        result.train_score,
        result.test_score,
        result.generalization_gap,
        result.promotion_ready,
        result.robust,
        " ".join(gate.gate for gate in result.failed_gates),
        " ".join(gate.gate for gate in result.failed_robust_gates),
    ]


def _json(values: Any) -> str:
    return json.dumps(values, indent=1, allow_nan=False) + "\n"


def _write(path: Path, text: str) -> Path:
    with written_whole(path) as file:
        file.write(text.encode())
    return path
