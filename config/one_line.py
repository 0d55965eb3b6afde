"""The base of commands whose bad usage is one clear line, as all their other errors are."""

from __future__ import annotations

from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser


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
