"""Parts and whole sweeps as bytes, to be stored and sent between workers; the same bytes again.

First a line of JSON that says what follows, then the tables, compressed. No pickle.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import zstandard

from backtesting.engine.kernel import layout
from backtesting.search.figures import PartResult, SetFigures
from backtesting.search.trades import TRADES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_VERSION = 1
_KINDS = {"summary": layout.SUMMARY, "trades": TRADES, "f8": np.dtype("f8"), "i8": np.dtype("i8")}


class PackingError(ValueError):
    """Stored figures of a sweep cannot be read: they are damaged or of another version."""


def pack_part(part: PartResult) -> bytes:
    """Return a part as bytes."""
    tables: dict[str, tuple[str, NDArray[Any]]] = {
        "indexes": ("i8", part.indexes),
        "groups": ("i8", part.groups),
        "trades": ("trades", part.trades),
    }
    for at, figures in enumerate(part.figures):
        tables[f"summaries-{at}"] = ("summary", figures.summaries)
        tables[f"ending-{at}"] = ("f8", figures.ending)
        tables[f"buckets-{at}"] = ("f8", figures.buckets)
        tables[f"active-{at}"] = ("i8", figures.active)
    return pack_tables({"facts": part.facts, "windows": len(part.figures)}, tables)


def unpack_part(packed: bytes) -> PartResult:
    """Return the part that `pack_part` was given; raise PackingError for anything else."""
    head, tables = unpack_tables(packed)
    return PartResult(
        indexes=tables["indexes"],
        groups=tables["groups"],
        figures=[
            SetFigures(
                summaries=tables[f"summaries-{at}"],
                ending=tables[f"ending-{at}"],
                buckets=tables[f"buckets-{at}"],
                active=tables[f"active-{at}"],
            )
            for at in range(head["windows"])
        ],
        facts=head["facts"],
        trades=tables["trades"],
    )


def pack_tables(head: Mapping[str, Any], tables: Mapping[str, tuple[str, NDArray[Any]]]) -> bytes:
    """Return values and tables, each with the name of its kind, as bytes."""
    shapes = {name: [kind, list(table.shape)] for name, (kind, table) in tables.items()}
    line = json.dumps({"version": _VERSION, "head": dict(head), "tables": shapes})
    body = b"".join(np.ascontiguousarray(table).tobytes() for _, table in tables.values())
    return zstandard.compress(line.encode() + b"\n" + body, level=3)


def unpack_tables(packed: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return what `pack_tables` was given; raise PackingError for anything else."""
    try:
        line, _, body = zstandard.decompress(packed).partition(b"\n")
        found = json.loads(line)
        shapes = found["tables"]
        if found["version"] != _VERSION:
            raise PackingError("the stored sweep is of another version; run it again")
        tables, at = {}, 0
        for name, (kind, shape) in shapes.items():
            dtype = _KINDS[kind]
            size = int(np.prod(shape)) * dtype.itemsize
            tables[name] = np.frombuffer(body[at : at + size], dtype).reshape(shape)
            at += size
    except (zstandard.ZstdError, KeyError, TypeError, ValueError) as error:
        raise PackingError(f"the stored sweep cannot be read: {error}") from error
    if at != len(body):
        raise PackingError("the stored sweep is damaged; run it again")
    return dict(found["head"]), tables
