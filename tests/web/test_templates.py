"""What holds for every template: parts are called what they are, and nothing comes from afar."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import pytest
from django.template.loader import render_to_string

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
PARTIALS = sorted((TEMPLATES / "partials").glob("*.html"))
# Repeated on a page, where an id would come twice.
REPEATED: Final = {"gate_table", "held_balances", "job_row", "parameter_row", "run_field"}
VOID: Final = {"br", "hr", "img", "input", "link", "meta"}
_TAG: Final = re.compile(r"{%.*?%}|{#.*?#}|{{.*?}}", re.DOTALL)


class Roots(HTMLParser):
    """The elements of a text that are inside of no other, by their id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str | None] = []
        self._depth = 0
        self.feed(_TAG.sub("", text))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self._depth:
            self.ids.append(dict(attrs).get("id"))
        self._depth += tag not in VOID

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag not in VOID


@pytest.mark.parametrize(
    "path", [one for one in PARTIALS if one.stem not in REPEATED], ids=lambda path: path.stem
)
def test_a_part_is_one_element_with_its_own_name(path: Path) -> None:
    assert Roots(path.read_text()).ids == [path.stem.replace("_", "-")]


def test_no_template_names_another_host() -> None:
    naming = [path.name for path in TEMPLATES.rglob("*.html") if "https://" in path.read_text()]

    assert naming == []


def test_htmx_is_told_to_keep_to_the_policy() -> None:
    page = render_to_string("base.html")

    found = re.search(r"name=\"htmx-config\"\s+content='(.*?)'", page, re.DOTALL)
    assert found
    config = json.loads(found[1])
    assert config["allowEval"] is False
    assert config["includeIndicatorStyles"] is False
    assert config["selfRequestsOnly"] is True
    assert {"code": "422", "swap": True} in config["responseHandling"]


def test_the_page_for_a_fault_of_ours_needs_nobody_logged_in() -> None:
    page = render_to_string("500.html")

    assert "Something went wrong" in page
