"""The base of commands whose bad usage and bad settings are one line, as all their errors are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from django.core.checks import run_checks
from django.core.management.base import (
    BaseCommand,
    CommandError,
    CommandParser,
    SystemCheckError,
)

from config.commands import manage_command

if TYPE_CHECKING:
    from collections.abc import Sequence


class OneLineParser(CommandParser):
    def error(self, message: str) -> NoReturn:
        """End with exit code 2 and a line; argparse would print the whole usage before it."""
        if self.called_from_command_line:
            self.exit(2, f"CommandError: {message}; see {self.prog} --help\n")
        raise CommandError(message, returncode=2)


class OneLineCommand(BaseCommand):
    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.__class__ = OneLineParser  # Django leaves no other way to say which parser
        return parser

    def check(self, *args: Any, **options: Any) -> None:
        """Check the settings; Django would list what it finds in lines of its own, by code 1."""
        try:
            super().check(*args, **options)
        except SystemCheckError as error:
            raise CommandError(_in_a_line(options.get("tags")), returncode=2) from error


def _in_a_line(tags: Sequence[str] | None) -> str:
    issues = [issue for issue in run_checks(tags=tags) if issue.is_serious()]
    found = [issue for issue in issues if not issue.is_silenced()]
    words = " ".join(str(found[0].msg).split())
    if found[0].hint:
        words += f" ({' '.join(str(found[0].hint).split())})"
    return f"{words} For all {len(found)} see: {manage_command('check')}" if found[1:] else words
