"""How the kernel is compiled: one decorator, so that no function strays from the settings.

`error_model="numpy"` lets a division by zero give inf instead of testing for it; fast-math stays
off, since the standard fixes every operation and its order. Compiled code is kept on disk, in a
folder named by the kernel's sources: Numba looks only at the file of the function it loads, so
that a change to a function it calls in another file would go unseen.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def _use_cache_of_these_sources(folder: Path) -> None:
    """Point Numba's cache at a folder of this version's; leave its own choice if unwritable."""
    digest = hashlib.sha256()
    for source in sorted(folder.glob("*.py")):
        digest.update(source.read_bytes())
    cache = folder / "__pycache__" / f"compiled-{digest.hexdigest()[:16]}"
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    if os.access(cache, os.W_OK):
        numba.config.CACHE_DIR = str(cache)  # type: ignore[attr-defined] # made at run time


_use_cache_of_these_sources(Path(__file__).parent)


# Without Numba's run time an argument is a plain view: no reference counts, which cost more than
# the work itself where a function gets some thirty arrays. Nothing here allocates.
_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}


def compiled(function: Function) -> Function:
    """Return `function` compiled at its first call, without the GIL, and cached on disk."""
    return cast("Function", numba.njit(**_OPTIONS)(function))
