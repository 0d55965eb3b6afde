"""Commands as they can be pasted into a terminal, whichever Python this is."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from django.conf import settings


def manage_command(*words: str) -> str:
    """Return a command of manage.py, to be run in the project's folder by the Python we run on."""
    python = Path(os.path.abspath(sys.executable))  # noqa: PTH100 - a venv's link is not followed
    project = Path(settings.BASE_DIR)
    shown = python.relative_to(project) if python.is_relative_to(project) else python
    return shlex.join([str(shown), "manage.py", *words])
