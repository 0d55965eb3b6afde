"""Bad usage of a command is told in a line, with exit code 2."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command, execute_from_command_line
from django.core.management.base import CommandError

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["replay", "--bogus"], "unrecognized arguments: --bogus; see manage.py replay --help"),
        (["replay", "--file"], "argument --file: expected one argument"),
        (["import_snapshots"], "the following arguments are required: PATH"),
        (["load_pairings"], "the following arguments are required: FILE"),
        (["make_tape", "x.jsonl", "--events", "many"], "--events was 'many'; it must"),
        (["runworker", "nothing"], "invalid choice: 'nothing'"),
        (
            ["serve", "--port", "high"],
            "argument --port: 'high' is no whole number; write one from 1",
        ),
        (["demo", "--port", "8_000"], "argument --port: '8_000' is no whole number"),
        (["make_tape", "x.jsonl", "--seed", "1_0"], "--seed was '1_0'; it must"),
        (["demo", "--file"], "argument --file: expected one argument"),
    ],
)
def test_bad_usage_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        execute_from_command_line(["manage.py", *arguments])

    said = capsys.readouterr()
    assert (ended.value.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert words in said.err


def test_bad_usage_from_python_is_an_error() -> None:
    with pytest.raises(CommandError, match="expected one argument") as refused:
        call_command("replay", "--file")

    assert refused.value.returncode == 2


@pytest.mark.parametrize(
    ("unsafe", "words"),
    [
        ({"bulk": 9}, "Q_CLUSTER['bulk'] is 9: it must be 1: what is fetched early waits locked."),
        ({"bulk": 9, "orm": "x"}, "written in one transaction. For all 2 see: "),
    ],
)
def test_an_unsafe_setting_is_one_line(
    capsys: pytest.CaptureFixture[str],
    settings: Settings,
    unsafe: dict[str, object],
    words: str,
) -> None:
    settings.Q_CLUSTER = settings.Q_CLUSTER | unsafe

    with pytest.raises(SystemExit) as ended:
        execute_from_command_line(["manage.py", "promoted"])

    said = capsys.readouterr()
    assert (ended.value.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert words in said.err
