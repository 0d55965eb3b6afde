"""An import that is killed at any moment leaves nothing that anybody sees, and can be repeated."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.databases import SharedDatabase
from tests.factories.marketdata import random_events
from tests.marketdata.tapes import write_jsonl

if TYPE_CHECKING:
    from pathlib import Path

EVENTS = 30_000
KILLS = 10  # on each of the two databases


def ready_rows(database: SharedDatabase) -> list[int]:
    """Return the number of rows of each recording that readers see."""
    return [
        count
        for _, count in database.query(
            "SELECT r.id, count(s.id) FROM marketdata_recording r LEFT JOIN market_snapshots s"
            " ON s.recording_id = r.id WHERE r.state = 'ready' GROUP BY r.id ORDER BY r.id"
        )
    ]


def row_hash(database: SharedDatabase, name: str) -> str:
    """Return a hash of a recording's rows, ids aside."""
    digest = hashlib.sha256()
    for row in database.query(
        "SELECT pairing_symbol, occurred_at, best_bid, best_ask, bid_levels, levels"  # noqa: S608
        " FROM market_snapshots JOIN marketdata_recording r ON r.id = recording_id"
        f" WHERE r.name = '{name}' ORDER BY market_snapshots.id"
    ):
        digest.update(repr(row).encode())
    return digest.hexdigest()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_killed_import_is_as_if_it_had_never_been(tmp_path: Path) -> None:
    database = SharedDatabase.make(tmp_path)
    tape = str(write_jsonl(tmp_path / "tape.jsonl", random_events(EVENTS)))
    started = time.monotonic()
    first = database.run("import_snapshots", tape, "--recording", "first", "--json")
    took = time.monotonic() - started
    seed = random.randrange(2**32)
    print(f"kills seeded with {seed}")  # noqa: T201 - shown where the test fails
    moments = random.Random(seed)
    assert json.loads(first.stdout)["stored"] == EVENTS

    for _ in range(KILLS):
        command = database.command("import_snapshots", tape, "--again")
        with subprocess.Popen(
            command, env=database.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            time.sleep(moments.uniform(0.4, 1.0) * took)
            process.kill()
        # One may have come to its end before the blow; none is there in part.
        assert set(ready_rows(database)) == {EVENTS}

    last = database.run("import_snapshots", tape, "--again", "--recording", "last", "--json")
    assert json.loads(last.stdout)["stored"] == EVENTS
    assert row_hash(database, "last") == row_hash(database, "first")
    states = {state for (state,) in database.query("SELECT state FROM marketdata_recording")}
    rows = database.query("SELECT count(*) FROM market_snapshots")[0][0]
    assert states == {"ready"}
    assert rows == sum(ready_rows(database))
