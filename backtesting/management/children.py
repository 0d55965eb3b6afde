"""Child processes of a command: heads of groups of their own, which end with the command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings

from backtesting.processes import die_with_parent, end_group

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import IO

_MANAGE: Final = Path(settings.BASE_DIR) / "manage.py"
WORKER: Final = (sys.executable, str(_MANAGE), "runworker")


class Child:
    """A process that a Ctrl-C at the terminal does not reach: it is for us to stop it in order."""

    def __init__(self, command: Sequence[str], output: IO[bytes] | None = None) -> None:
        us = os.getpid()
        self._process = subprocess.Popen(  # noqa: S603 - our own commands
            command,
            cwd=settings.BASE_DIR,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(us),  # noqa: PLW1509 - we have one thread
        )

    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def stop(self, grace_s: float) -> None:
        """Ask it to end, then end it; nothing of its group is left. Only heads are asked."""
        if not self.has_ended():
            self._process.terminate()
            try:
                self._process.wait(grace_s)
            except subprocess.TimeoutExpired:
                self._process.kill()
        end_group(self._process.pid)
        self._process.wait()
