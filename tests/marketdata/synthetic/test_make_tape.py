from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

if TYPE_CHECKING:
    from pathlib import Path


def make_tape(path: Path, *options: str) -> str:
    out = io.StringIO()
    call_command("make_tape", str(path), *options, stdout=out)
    return out.getvalue()


def test_it_says_plainly_that_the_tape_is_synthetic(tmp_path: Path) -> None:
    words = make_tape(tmp_path / "tape.jsonl", "--events", "3000")

    assert words.startswith("SYNTHETIC recording synthetic-stress-3000-seed0")
    assert "Nobody ever traded these books." in words
    assert str(tmp_path / "tape.ledger.jsonl") in words


def test_json_is_one_object_and_nothing_else(tmp_path: Path) -> None:
    options = ("--events", "500", "--pairs", "6", "--profile", "thin", "--seed", "3", "--json")

    facts = json.loads(make_tape(tmp_path / "tape.jsonl.zst", *options))

    assert facts["synthetic"] is True
    assert (facts["events"], facts["pairs"], facts["profile"]) == (500, 6, "thin")
    assert facts["path"] == str(tmp_path / "tape.jsonl.zst")
    assert facts["first"] == "2025-03-03T12:00:00+00:00"


def test_the_start_is_where_the_tape_starts(tmp_path: Path) -> None:
    start = "2024-07-01T10:00:00+02:00"

    facts = json.loads(
        make_tape(tmp_path / "tape.jsonl", "--events", "500", "--start", start, "--json")
    )

    assert facts["first"] == "2024-07-01T08:00:00+00:00"


def test_a_second_run_needs_force(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    make_tape(path, "--events", "500")

    with pytest.raises(CommandError, match="is there already; name another or add --force"):
        make_tape(path, "--events", "500")
    assert make_tape(path, "--events", "500", "--force")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--events", "many"), "--events was 'many'; it must be a whole number"),
        (("--events", "2"), "events was 2; it must lie from 10"),
        (("--profile", "calm"), "profile was 'calm'; it must be one of liquid, thin, stress"),
        (("--pairs", "31"), "pairs was 31; it must lie from 3 to 30"),
        (("--start", "noon"), "--start was 'noon'; it must be ISO 8601"),
        (("--start", "2025-01-01"), "without a zone"),
    ],
)
def test_a_bad_value_is_refused_in_one_line(
    tmp_path: Path, options: tuple[str, ...], words: str
) -> None:
    with pytest.raises(CommandError, match=words) as refused:
        make_tape(tmp_path / "tape.jsonl", *options)

    assert refused.value.returncode == 2
    assert "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []
