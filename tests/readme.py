"""The README and MODEL.md in pieces, for tests that hold the words to the code."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
README = (PROJECT / "README.md").read_text()
MODEL = (PROJECT / "backtesting" / "engine" / "MODEL.md").read_text()

_HEADING = re.compile(r"^(#+) (.*)$", re.MULTILINE)
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MANAGE = ".venv/bin/python manage.py "


def section(title: str, text: str = README) -> str:
    """Return what stands under the heading that holds `title`, deeper headings included."""
    headings = list(_HEADING.finditer(text))
    [found] = [one for one in headings if title in one[2]]
    depth = len(found[1])
    after = (
        one.start() for one in headings if one.start() > found.start() and len(one[1]) <= depth
    )
    return text[found.end() : next(after, len(text))]


def blocks(kind: str, text: str = README) -> list[str]:
    """Return the fenced blocks of one kind ("" for those without)."""
    return [found[2] for found in _FENCE.finditer(text) if found[1] == kind]


def shell_lines() -> list[str]:
    return [line for block in blocks("sh") for line in block.splitlines()]


def manage_lines() -> list[list[str]]:
    """Return the words after `manage.py` of every example that calls it."""
    return [shlex.split(line.partition(_MANAGE)[2]) for line in shell_lines() if _MANAGE in line]


def table(title: str, text: str = README) -> list[list[str]]:
    """Return the cells of the table rows of a section, heads and rules left out."""
    rows = [line for line in section(title, text).splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]
    rules = [at for at, row in enumerate(cells) if set("".join(row)) <= set("-| ")]
    heads = {at - 1 for at in rules} | set(rules)
    return [row for at, row in enumerate(cells) if at not in heads]


def codes(words: str) -> list[str]:
    """Return what stands in backquotes, fenced blocks left out."""
    return re.findall(r"`([^`\n]+)`", _FENCE.sub("", words))


def heading_anchors() -> set[str]:
    """Return the anchors that a reader's browser makes of the README's headings."""
    return {
        re.sub(r"[^\w\- ]", "", found[2].lower()).replace(" ", "-")
        for found in _HEADING.finditer(README)
    }
