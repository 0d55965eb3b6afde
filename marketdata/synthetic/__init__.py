"""Synthetic recordings: order books made up after real ones, with planted edges that are known.

`make_recording` gives one in memory, `TapeRequest.blocks` the same in constant memory,
`write_recording` a file of it. Everything made here says that it is synthetic. Pure: no Django.

How a tape comes about: `measured` and `profiles` say what real books are like; `arrivals`,
`timeline` and `episodes` when events come and where edges are planted; `paths` what assets are
worth; `books`, `touches`, `ladders` and `depth` what each book shows; `coupling` holds all cycles
below a limit; `ledger` measures what was planted on the finished books; `faults` spoils some.
"""

from __future__ import annotations

from marketdata.synthetic.files import WrittenRecording, ledger_path, write_recording
from marketdata.synthetic.ledger import Dislocation
from marketdata.synthetic.profiles import PROFILES
from marketdata.synthetic.tape import (
    DEFAULT_EVENTS,
    DEFAULT_START,
    SyntheticError,
    SyntheticTape,
    TapeRequest,
    events_for,
    make_recording,
)
from marketdata.synthetic.universe import DEFAULT_PAIRINGS, pairing_entries

__all__ = [
    "DEFAULT_EVENTS",
    "DEFAULT_PAIRINGS",
    "DEFAULT_START",
    "PROFILES",
    "Dislocation",
    "SyntheticError",
    "SyntheticTape",
    "TapeRequest",
    "WrittenRecording",
    "events_for",
    "ledger_path",
    "make_recording",
    "pairing_entries",
    "write_recording",
]
