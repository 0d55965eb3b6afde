"""What a source says of itself is stored as both databases take it."""

from __future__ import annotations

import pytest

from marketdata.headers import RecordingHeader


@pytest.mark.parametrize("header", [None, {}, {"recording": {"name": 7, "synthetic": False}}])
def test_a_source_is_real_where_it_says_so_or_nothing(header: dict[str, object] | None) -> None:
    found = RecordingHeader.of(header)

    assert (found.name, found.synthetic) == ("", False)


def test_the_line_and_what_is_inside_it_say_the_same() -> None:
    facts = {"name": " tape ", "synthetic": True, "profile": "stress"}

    found = RecordingHeader.of({"recording": facts})

    assert found == RecordingHeader.of(facts)
    assert (found.name, found.synthetic, found.note["profile"]) == ("tape", True, "stress")


def test_what_a_database_would_refuse_is_made_harmless() -> None:
    found = RecordingHeader.of({"name": "a\0b", "x": ["\ud800", float("inf"), {"\0": 1}, None]})

    assert found.name == "a\ufffdb"
    assert found.note["x"] == ["?", "inf", {"\ufffd": 1}, None]


@pytest.mark.parametrize("said", [True, "yes", "false", 1, 0, None])
def test_what_is_not_said_to_be_real_in_so_many_words_is_synthetic(said: object) -> None:
    assert RecordingHeader.of({"recording": {"synthetic": said}}).synthetic
