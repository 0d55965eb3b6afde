"""What figures are measured on: tapes, and databases of our own that are gone afterwards."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

import psycopg

from tests.benchmarks.tapes import benchmark_tape, write_jsonl
from tests.databases import PROJECT, SharedDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_IMPORTS: Final = 2
_JOBS: Final = 100_000
_FEW_JOBS: Final = 1_000


class BenchmarkError(Exception):
    """A command that is measured failed; the message is what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A database that holds the quiet tape, and the shortest time that importing it took."""

    database: SharedDatabase
    import_s: float

    def command(self, *arguments: str) -> bytes:
        """Run a management command beside this database and return what it printed."""
        return run_command(self.database, *arguments)

    def probe(self, call: str, environment: Mapping[str, str] | None = None) -> Any:
        """Return what a call of `tests.benchmarks.probes` gives in a process of its own."""
        command = _probe_command("probes", call)
        return json.loads(run_command(self.database, *command, environment=environment))


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """A database with as many jobs as years bring together, a tenth of them queued."""

    database: SharedDatabase

    def environment(self) -> dict[str, str]:
        return {**os.environ, **self.database.environment()}

    def probe(self, call: str) -> Any:
        """Return what a call of `tests.benchmarks.job_probes` gives in a process of its own."""
        return json.loads(run_command(self.database, *_probe_command("job_probes", call)))

    def start_probe(self, call: str) -> subprocess.Popen[bytes]:
        """Start such a call; what it gives is written to its standard output."""
        return subprocess.Popen(
            self.database.command(*_probe_command("job_probes", call)),
            env=self.environment(),
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )


def _probe_command(module: str, call: str) -> list[str]:
    code = f"from tests.benchmarks import probes, job_probes; probes.tell({module}.{call})"
    return ["shell", "--no-imports", "-v0", "-c", code]


class Workbench:
    """Makes what figures share when the first of them asks for it; a context manager.

    `server` is the URL of a PostgreSQL server to make databases on; None: SQLite files. `once`:
    nothing is repeated, for a look at whether everything works.
    """

    def __init__(self, events: int, server: str | None = None, *, once: bool = False) -> None:
        self.events = events
        self.server = server
        self.once = once
        self._cleanup = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._cleanup.close()

    def times(self, several: int) -> int:
        """Return how often to measure what is worth measuring `several` times."""
        return 1 if self.once else several

    @cached_property
    def folder(self) -> Path:
        made = tempfile.TemporaryDirectory(prefix="benchmarks-", ignore_cleanup_errors=True)
        return Path(self._cleanup.enter_context(made))

    @cached_property
    def recording(self) -> Path:
        """The quiet tape as a JSONL file."""
        path = self.folder / "quiet.jsonl"
        write_jsonl(benchmark_tape("quiet", self.events), path)
        return path

    @cached_property
    def stored(self) -> Stored:
        """The quiet tape, imported twice: into two new databases, of which the last stays."""
        taken = []
        for at in range(self.times(_IMPORTS) - 1):
            with self._database(f"import-{at}") as database:
                taken.append(self._import(database))
        database = self._cleanup.enter_context(self._database("stays"))
        return Stored(database=database, import_s=min([*taken, self._import(database)]))

    @cached_property
    def busy(self) -> Busy:
        """100,000 jobs, or few of them for a look at whether everything works."""
        database = self._cleanup.enter_context(self._database("busy"))
        run_command(database, "migrate", "-v0")
        busy = Busy(database=database)
        busy.probe(f"fill({_FEW_JOBS if self.once else _JOBS})")
        return busy

    def _import(self, database: SharedDatabase) -> float:
        recording = str(self.recording)
        run_command(database, "migrate", "-v0")
        began = time.perf_counter()
        run_command(database, "import_snapshots", recording, "--json")
        return time.perf_counter() - began

    @contextlib.contextmanager
    def _database(self, name: str) -> Iterator[SharedDatabase]:
        folder = self.folder / name
        folder.mkdir()
        if self.server is None:
            yield SharedDatabase(url=f"sqlite:///{folder / 'db.sqlite3'}", data_folder=folder)
            for file in folder.glob("db.sqlite3*"):
                file.unlink()
            return
        with own_database(self.server) as url:
            yield SharedDatabase(url=url, data_folder=folder)


@contextlib.contextmanager
def own_database(server: str) -> Iterator[str]:
    """Yield the URL of a new database on the server of this URL, whose own is left alone."""
    name = f"benchmarks_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def run_command(
    database: SharedDatabase, *arguments: str, environment: Mapping[str, str] | None = None
) -> bytes:
    """Run a management command to its end and return what it printed; raise if it fails."""
    ended = subprocess.run(
        database.command(*arguments),
        env={**os.environ, **database.environment(), **(environment or {})},
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if ended.returncode:
        said = ended.stderr.decode(errors="replace").strip()
        raise BenchmarkError(f"{Path(sys.argv[0]).name}: {arguments[0]} failed: {said}")
    return ended.stdout
