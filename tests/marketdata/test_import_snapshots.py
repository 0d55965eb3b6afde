"""The command as its users and their scripts see it."""

from __future__ import annotations

import gzip
import io
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from marketdata.management.commands import import_snapshots
from marketdata.models import MarketSnapshot, Recording
from tests.databases import SharedDatabase
from tests.factories.marketdata import START_US, random_events
from tests.marketdata.tapes import write_jsonl

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.factories.marketdata import Event

pytestmark = pytest.mark.django_db
BAD_LINE = (
    '{"occurred_at": "2030-01-01T00:00:00Z", "symbol": "A/B", "bids": [[2, 1]], "asks": [[1, 1]]}'
)


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    return write_jsonl(tmp_path / "day.one.jsonl", random_events(50))


def imported(*arguments: object, **options: Any) -> tuple[str, str]:
    """Return what the command writes to standard output and standard error."""
    out, err = io.StringIO(), io.StringIO()
    call_command("import_snapshots", *map(str, arguments), stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def refusal(*arguments: object, **options: Any) -> CommandError:
    with pytest.raises(CommandError) as caught:
        imported(*arguments, **options)
    assert "\n" not in str(caught.value)
    return caught.value


def test_json_is_one_object_and_nothing_else(tmp_path: Path) -> None:
    events: list[Event] = [(START_US, "A/B", [], []), (START_US + 1_500_000, "A/B", [], [])]
    tape = write_jsonl(tmp_path / "day.one.jsonl", events)

    out, err = imported(tape, "--json")

    assert json.loads(out) == {
        "recording": "day.one",
        "stored": 2,
        "refused": {},
        "first": "2026-03-01T12:00:00.000000+00:00",
        "last": "2026-03-01T12:00:01.500000+00:00",
    }
    assert err == ""


def test_words_go_to_standard_error(tape: Path) -> None:
    out, err = imported(tape)

    assert out == ""
    assert "stored 50 events as recording 'day.one'" in err
    assert "refused: none" in err


def test_a_file_whose_name_breaks_a_line_takes_another_name(tmp_path: Path) -> None:
    tape = write_jsonl(tmp_path / "a\nb.jsonl", random_events(5))

    assert "'a\\nb' is no name for a recording" in str(refusal(tape))
    assert json.loads(imported(tape, "--recording", "day", "--json")[0])["recording"] == "day"


def test_a_time_in_the_future_is_kept_and_said(tmp_path: Path) -> None:
    tomorrow = int(time.time() + 86_400) * 1_000_000
    events: list[Event] = [(START_US, "A/B", [], []), (tomorrow, "A/B", [], [])]

    out, err = imported(write_jsonl(tmp_path / "late.jsonl", events), "--json")

    assert json.loads(out)["stored"] == 2
    assert "lies in the future" in err


def test_each_path_becomes_a_recording_and_an_object(tmp_path: Path, tape: Path) -> None:
    other = write_jsonl(tmp_path / "two.jsonl", random_events(20, seed=2), header={"name": "named"})

    out, _ = imported(tape, other, "--json")

    assert [json.loads(line)["recording"] for line in out.splitlines()] == ["day.one", "named"]


def test_a_packed_file_is_called_as_the_plain_one(tmp_path: Path, tape: Path) -> None:
    packed = tmp_path / "packed.jsonl.gz"
    packed.write_bytes(gzip.compress(tape.read_bytes()))

    imported(packed)

    assert Recording.objects.get().name == "packed"


def test_one_name_for_several_paths_is_refused(tape: Path) -> None:
    error = refusal(tape, tape, "--recording", "x")

    assert error.returncode == 2
    assert not Recording.objects.exists()


def test_an_invalid_line_ends_it_with_its_place_and_nothing_stays(tape: Path) -> None:
    with tape.open("a") as file:
        file.write(BAD_LINE)

    error = refusal(tape)

    assert error.returncode == 2
    assert f"{tape}, line 51: crossed: " in str(error)
    assert str(error).endswith("; mend it, or leave out and count what is invalid by --skip-bad")
    assert not MarketSnapshot.objects.exists()


def test_invalid_lines_can_be_left_out_and_are_counted(tape: Path) -> None:
    with tape.open("a") as file:
        file.write(BAD_LINE)

    out, _ = imported(tape, "--skip-bad", "--json")

    assert json.loads(out)["refused"] == {"crossed": 1}
    assert Recording.objects.get().rejected == 1


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_the_same_content_is_refused_with_the_remedy(
    tmp_path: Path, tape: Path, suffix: str
) -> None:
    path = tmp_path / f"same.jsonl{suffix}"
    path.write_bytes(gzip.compress(tape.read_bytes()) if suffix else tape.read_bytes())
    imported(tape)

    error = refusal(path)

    assert error.returncode == 2
    assert "as recording 'day.one'" in str(error)
    assert "--again" in str(error)
    assert MarketSnapshot.objects.count() == 50


def test_a_plain_file_that_is_known_is_not_even_parsed(
    tape: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(tape)
    monkeypatch.setattr(import_snapshots, "open_reader", None)

    assert refusal(tape).returncode == 2


def test_the_same_content_comes_in_again_when_asked_for(tape: Path) -> None:
    imported(tape)

    out, _ = imported(tape, "--again", "--json")

    assert json.loads(out)["recording"] == "day.one-2"


def test_a_name_that_is_taken_is_refused_with_the_remedy(tmp_path: Path, tape: Path) -> None:
    imported(tape)
    other = write_jsonl(tmp_path / "other.jsonl", random_events(5))

    error = refusal(other, "--recording", "day.one")

    assert error.returncode == 2
    assert "choose another name with --recording NAME" in str(error)


@pytest.mark.parametrize("path", ["/no/such/file.jsonl", "/"])
def test_what_cannot_be_read_is_refused_by_its_name(path: str) -> None:
    error = refusal(path)

    assert error.returncode == 2
    assert str(error).startswith(f"{path}: ")
    assert "--skip-bad" not in str(error)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("")

    error = refusal(tmp_path / "empty.jsonl")

    assert error.returncode == 2
    assert "holds no valid event" in str(error)


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (OperationalError("disk I/O\nerror"), "was not imported, nothing of it was kept: disk I/O"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (KeyboardInterrupt(), "interrupted: nothing of "),
    ],
)
def test_a_run_that_fails_says_so_in_a_line_and_ends_with_1(
    tape: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException, said: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr("marketdata.writers.write_rows", fail)

    error = refusal(tape)

    assert error.returncode == 1
    assert said in str(error)
    assert not Recording.objects.exists()


def test_a_terminal_gets_a_bar(tape: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[dict[str, Any]] = []
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr(
        "rich.progress.Progress.update", lambda _bar, _task, **fields: moved.append(fields)
    )

    imported(tape)

    assert moved[-1] == {
        "stored": 50,
        "completed": tape.stat().st_size,
        "total": tape.stat().st_size,
    }


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_it_reads_standard_input_and_ends_as_promised(tmp_path: Path, tape: Path) -> None:
    database = SharedDatabase.make(tmp_path)
    run: Callable[..., Any] = database.run

    done = run("import_snapshots", "-", "--json", stdin=tape.read_bytes())
    again = run("import_snapshots", "-", stdin=tape.read_bytes())
    bad = run("import_snapshots", "-", stdin=b"nonsense\n")
    usage = run("import_snapshots")

    assert (done.returncode, json.loads(done.stdout)["recording"]) == (0, "stdin")
    assert json.loads(done.stdout)["stored"] == 50
    for refused in (again, bad):
        assert (refused.returncode, refused.stdout) == (2, b"")
        assert refused.stderr.count(b"\n") == 1
    assert usage.returncode == 2
