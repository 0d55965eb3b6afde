"""The words are held to the code: what the README and MODEL.md name exists, and the other way."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand

from backtesting.engine.kernel.layout import MISS_REASONS
from backtesting.replay import BacktestConfig, BacktestReport
from marketdata.importers.batches import REFUSALS
from tests.readme import (
    MODEL,
    PROJECT,
    README,
    blocks,
    codes,
    heading_anchors,
    manage_lines,
    section,
    shell_lines,
    table,
)

if TYPE_CHECKING:
    from argparse import ArgumentParser

APPS = ("pairings", "marketdata", "backtesting")
SETTING = re.compile(r"""\b(?:env\.\w+|whole)\(\s*"([A-Z_]+)\"""")
TEST_SETTING = re.compile(r"""(?:environ\.get|Env\(\)\.\w+)\(\s*"([A-Z_]+)\"""")
# Django's own vocabulary, not ours.
DJANGO_FOLDERS = {"management", "commands", "migrations", "static"}


@cache
def own_commands() -> dict[str, BaseCommand]:
    return {
        name: load_command_class(app, name)
        for name, app in get_commands().items()
        if str(app).startswith(APPS)
    }


def parser_of(command: BaseCommand, name: str) -> ArgumentParser:
    return command.create_parser("manage.py", name)


def own_options(name: str) -> set[str]:
    def of(command: BaseCommand) -> set[str]:
        return {
            option
            for action in parser_of(command, name)._actions
            for option in action.option_strings
            if option.startswith("--")
        }

    return of(own_commands()[name]) - of(BaseCommand())


def default_in_words(value: Any) -> str:
    return "none" if value is None else str(value)


def test_each_of_the_two_commands_stands_there_once_in_one_line() -> None:
    set_up = (
        "python3 -m venv .venv && .venv/bin/pip install -q --require-hashes -r requirements.lock"
    )
    starts = [line for line in shell_lines() if line.startswith("python3 -m venv")]

    assert starts == [
        f"{set_up} && .venv/bin/python manage.py demo",
        f"{set_up} && .venv/bin/python -m pytest",
    ]


def test_every_command_of_an_example_exists_and_takes_its_options() -> None:
    examples = manage_lines()

    for name, *arguments in examples:
        assert name in get_commands(), f"there is no command {name}"
        if name in own_commands():
            parsed = parser_of(own_commands()[name], name).parse_args(arguments)
            for setting in getattr(parsed, "set", None) or ():
                assert setting.partition("=")[0] in BacktestConfig.__dataclass_fields__


def test_every_command_of_ours_has_an_example() -> None:
    shown = {name for name, *_ in manage_lines()}

    assert own_commands().keys() <= shown


def test_every_module_that_is_run_exists() -> None:
    for name in set(re.findall(r"python -m (tests\.[\w.]+)", README)):
        assert importlib.util.find_spec(name), f"there is no {name}"


@pytest.mark.parametrize("name", sorted(own_commands()))
def test_every_option_of_a_command_is_told_in_its_section(name: str) -> None:
    words = section(f"`{name}`")

    told = {option for cell in codes(words) for option in re.findall(r"--[a-z-]+", cell)}

    assert own_options(name) <= told
    known = {option for other in own_commands() for option in own_options(other)}
    assert told - known <= {"--help"}, f"{name} has no such option"


def test_every_parameter_stands_in_the_readme_with_its_default() -> None:
    rows = {row[0].strip("`"): row[1] for row in table("Backtests: `replay`")}

    for field in fields(BacktestConfig):
        assert rows.get(field.name) == default_in_words(field.default), field.name


def test_every_parameter_stands_in_the_model_with_its_default() -> None:
    rows = {row[0].strip("`"): row[1].strip('`"') for row in table("0. Configuration", MODEL)}

    assert rows == {field.name: str(field.default) for field in fields(BacktestConfig)}


def test_every_figure_of_a_report_is_explained_in_the_model() -> None:
    words = section("9. The report", MODEL)
    tables_of_rows = {"trades", "episode_rows", "tables"}

    told = set(codes(words))
    told |= {f"execution_latency{code}" for code in told if code.startswith("_p")}

    assert {field.name for field in fields(BacktestReport)} - tables_of_rows <= told


def test_the_miss_reasons_are_those_of_the_engine_in_the_order_of_the_gates() -> None:
    gates = tuple(row[0].strip("`") for row in table("5. Gates", MODEL))

    assert gates == MISS_REASONS


def test_every_reason_to_refuse_an_entry_is_told() -> None:
    told = [code for row in table("Recordings: `import_snapshots`") for code in codes(row[0])]

    assert REFUSALS.keys() == {code for code in told if not code.startswith("--")}


def test_every_setting_stands_in_the_table() -> None:
    told = {row[0].strip("`") for row in table("Settings")}

    read = set(SETTING.findall((PROJECT / "config" / "settings.py").read_text()))
    for path in (PROJECT / "tests").rglob("*.py"):
        read |= set(TEST_SETTING.findall(path.read_text()))

    assert told == read


def test_every_folder_and_module_has_its_place_in_the_layout() -> None:
    layout = "".join(blocks("", section("How the code is laid out")))
    named = set(re.findall(r"[\w./]+", layout))
    tops = {"config", "templates", "tests", *APPS}
    packages = {path.parent.name for app in APPS for path in (PROJECT / app).rglob("__init__.py")}
    modules = {path.name for app in APPS for path in (PROJECT / app).glob("[a-z]*.py")}

    assert {f"{name}/" for name in tops | packages - DJANGO_FOLDERS} <= named
    assert modules - {"apps.py"} <= named


def test_everything_in_the_layout_exists() -> None:
    layout = "".join(blocks("", section("How the code is laid out")))
    there = {path.name for app in (*APPS, "config") for path in (PROJECT / app).rglob("*")}

    for name in re.findall(r"[\w]+\.py", layout):
        assert name in there | {"manage.py"}, f"there is no {name}"


def test_the_break_even_edges_are_what_the_formula_gives() -> None:
    rows = table("Fees and the edge they demand")

    assert rows
    for _, fee, edge in rows:
        rate = float(fee.removesuffix(" %")) / 100
        assert f"{((1 + rate) ** 2 / (1 - rate) - 1) * 1e4:.2f} bps" == edge


def test_the_vocabulary_is_in_order_and_names_nothing_twice() -> None:
    terms = [row[0] for row in table("Vocabulary")]

    assert terms == sorted(set(terms))


def test_every_link_leads_somewhere() -> None:
    targets = re.findall(r"\]\(([^)]+)\)", README)

    for target in targets:
        if target.startswith("#"):
            assert target[1:] in heading_anchors(), f"{target} leads nowhere"
        else:
            assert (PROJECT / target).exists(), f"{target} leads nowhere"


def test_the_sections_that_docstrings_refer_to_are_in_the_model() -> None:
    numbers = {int(number) for number in re.findall(r"^## (\d+)\. ", MODEL, re.MULTILINE)}
    asked = {
        int(number)
        for app in APPS
        for path in (PROJECT / app).rglob("*.py")
        for number in re.findall(r"standard(?:'s|,) section (\d+)", path.read_text())
    }

    assert asked <= numbers


def test_the_units_start_commands_that_there_are_and_end_them_in_order() -> None:
    units = blocks("ini")
    commands = [
        line.split("manage.py ")[1].split()
        for unit in units
        for line in unit.splitlines()
        if line.startswith("ExecStart=")
    ]

    assert [words[0] for words in commands] == ["runworker", "serve"]
    assert all(set(words[1:]) <= own_options(words[0]) for words in commands)
    assert "KillMode=mixed" in units[0].splitlines()


def test_every_file_that_holds_a_rule_exists() -> None:
    rows = [line for line in section("Where each rule is", MODEL).splitlines() if "`" in line]
    named = [name for row in rows for name in re.findall(r"`([\w/]+\.py)`", row)]
    there = [f"/{path.relative_to(PROJECT)}" for path in PROJECT.rglob("*.py")]

    assert len(named) > 25
    assert [one for one in named if not any(path.endswith(f"/{one}") for path in there)] == []
