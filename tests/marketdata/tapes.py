"""JSONL files to import."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from marketdata.moments import from_us

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.factories.marketdata import Event


def write_jsonl(
    path: Path, events: Sequence[Event], *, header: Mapping[str, Any] | None = None
) -> Path:
    """Write events, after a header line if one is given; return the path."""
    lines = [] if header is None else [json.dumps({"recording": header})]
    lines += [
        json.dumps(
            {
                "occurred_at": from_us(time_us).isoformat(),
                "symbol": symbol,
                "bids": bids,
                "asks": asks,
            }
        )
        for time_us, symbol, bids, asks in events
    ]
    path.write_text("\n".join(lines) + "\n")
    return path
