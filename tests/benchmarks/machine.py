"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numba
import numpy as np

if TYPE_CHECKING:
    from tests.benchmarks.workbench import Workbench


def cpu(_: Workbench) -> str:
    """Return the processor's name and how many cores of it there are."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        text = ""
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    name = found[1] if found else platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} cores"


def python(_: Workbench) -> str:
    """Return the versions of Python, NumPy and Numba."""
    return (
        f"{platform.python_implementation()} {platform.python_version()}, "
        f"NumPy {np.__version__}, Numba {numba.__version__}"
    )
