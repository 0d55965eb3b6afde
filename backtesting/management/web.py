"""The web server of the pages, for `serve`, for `demo` and for whoever measures it."""

from __future__ import annotations

import socket
import sys
from argparse import ArgumentTypeError
from typing import Final

from django.core.management.base import CommandError

from config.typed_numbers import typed_whole

LOCAL_HOST: Final = "127.0.0.1"
USUAL_PORT: Final = 8000
_MOST: Final = 65535


def web_command(host: str, port: int) -> list[str]:
    """Return the command that serves the pages."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi"),
        *("--host", host, "--port", str(port), "--workers", "1"),
        *("--blocking-threads", "4", "--no-ws", "--log-level", "warning"),
        "config.wsgi:application",
    ]


def port_number(text: str) -> int:
    """Return the number of a --port; ArgumentTypeError where it is none."""
    number = typed_whole(text)
    if number is None:
        raise ArgumentTypeError(f"{text!r} is no whole number; write one from 1 to {_MOST}")
    return number


def check_address(host: str, port: int) -> None:
    """Refuse an address that there is not, or that is taken: the web server would share it."""
    if not 1 <= port <= _MOST:
        raise CommandError(f"--port is {port}; it must be 1 to {_MOST}", returncode=2)
    try:
        with socket.create_server((host, port), family=_family(host)):
            pass
    except OSError as error:
        remedy = f"try another {'--port' if host == LOCAL_HOST else '--host or --port'}"
        words = f"cannot listen on {host}, port {port}: {error.strerror}; {remedy}"
        raise CommandError(words, returncode=2) from None


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
