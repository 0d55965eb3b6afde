"""The PostgreSQL leg of the tests cannot be left out in silence."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

import pytest

from tests import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOW = "import os, sys; print(os.environ['TEST_DATABASE_URL']); sys.exit(7)"


def test_the_command_finds_the_server_and_its_exit_code_is_passed_on(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    monkeypatch.setattr(postgres, "throwaway_server", serve("postgresql://here"))

    code = postgres.main(["--", sys.executable, "-c", SHOW])

    assert code == 7
    assert capfd.readouterr().out == "postgresql://here\n"


def test_a_server_that_is_given_is_used(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", "postgresql://given")
    monkeypatch.setattr(postgres, "throwaway_server", None)

    postgres.main([sys.executable, "-c", SHOW])

    assert capfd.readouterr().out == "postgresql://given\n"


def test_a_server_that_does_not_start_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    monkeypatch.setattr(postgres, "throwaway_server", serve(None))

    code = postgres.main(["--", sys.executable, "-c", SHOW])

    assert code not in (0, 7)
    assert "PostgreSQL could not be started" in capfd.readouterr().err


def test_without_a_command_it_says_how_it_is_used() -> None:
    assert postgres.main([]) == postgres.main(["--"]) == 2


@pytest.mark.slow
def test_a_server_of_our_own_starts_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    code = (
        "import os, psycopg\n"
        "with psycopg.connect(os.environ['TEST_DATABASE_URL']) as server:\n"
        "    assert server.execute('SELECT 1').fetchone() == (1,)"
    )

    assert postgres.main(["--", sys.executable, "-c", code]) == 0
    assert "TEST_DATABASE_URL" not in os.environ


def serve(url: str | None) -> object:
    """Return a stand-in for the server: at this URL, or one that fails to start."""

    @contextlib.contextmanager
    def server() -> Iterator[str]:
        if url is None:
            raise RuntimeError("no room")
        yield url

    return server
