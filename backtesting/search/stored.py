"""A sweep's artifacts as plain values and bytes, and back. Knows no Numba: pages read them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from backtesting.engine.config import BacktestConfig
from backtesting.search.artifacts import SweepArtifacts, SweepSource
from backtesting.search.grid import SweepAxes, build_parameter_grid
from backtesting.search.options import SearchOptions
from backtesting.search.packing import pack_part, pack_tables, unpack_part, unpack_tables
from backtesting.search.robustness import Luck
from backtesting.search.windows import Split

if TYPE_CHECKING:
    from collections.abc import Mapping


def artifacts_head(artifacts: SweepArtifacts) -> dict[str, Any]:
    """Return what a sweep rests on and its overall verdict, as plain values."""
    luck = artifacts.luck
    return {
        "axes": artifacts.axes.as_json(),
        "base": artifacts.base.as_json(),
        "options": artifacts.options.as_json(),
        "source": asdict(artifacts.source),
        "splits": [asdict(split) for split in artifacts.splits],
        "assets": list(artifacts.assets),
        "symbols": list(artifacts.symbols),
        "sets": len(artifacts),
        "overfitting": luck.overfitting,
        "trials": luck.trials,
        "hurdle": luck.hurdle,
        "chance": luck.chance,
    }


def pack_figures(artifacts: SweepArtifacts) -> bytes:
    """Return every set's figures as bytes."""
    luck = artifacts.luck
    tables = {
        "sharpe": ("f8", luck.sharpe),
        "deflated": ("f8", luck.deflated),
        "active": ("i8", luck.active),
    }
    packed = pack_tables({}, tables)
    return len(packed).to_bytes(8, "little") + packed + pack_part(artifacts.part)


def read_artifacts(head: Mapping[str, Any], figures: bytes) -> SweepArtifacts:
    """Return the sweep of which `artifacts_head` and `pack_figures` gave these.

    Raises PackingError where the figures are damaged or of another version.
    """
    stop = 8 + int.from_bytes(figures[:8], "little")
    _, tables = unpack_tables(figures[8:stop])
    base = BacktestConfig.from_values(head["base"])
    axes = SweepAxes.from_json(head["axes"])
    grid = build_parameter_grid(axes, base)
    source = head["source"]
    return SweepArtifacts(
        axes=axes,
        grid=tuple(parameters.over(head["symbols"]) for parameters in grid),
        base=base,
        options=SearchOptions.from_json(head["options"]),
        source=SweepSource(**{**source, "recordings": tuple(source["recordings"])}),
        splits=tuple(Split(**split) for split in head["splits"]),
        symbols=tuple(head["symbols"]),
        assets=tuple(head["assets"]),
        part=unpack_part(figures[stop:]),
        luck=Luck(
            overfitting=head["overfitting"],
            trials=head["trials"],
            hurdle=head["hurdle"],
            chance=head["chance"],
            sharpe=tables["sharpe"],
            deflated=tables["deflated"],
            active=tables["active"],
        ),
    )
