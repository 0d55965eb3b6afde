"""The web server of the pages, for `serve` and for whoever measures it."""

from __future__ import annotations

import sys


def web_command(host: str, port: int) -> list[str]:
    """Return the command that serves the pages."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi"),
        *("--host", host, "--port", str(port), "--workers", "1"),
        *("--blocking-threads", "4", "--no-ws", "--log-level", "warning"),
        "config.wsgi:application",
    ]
