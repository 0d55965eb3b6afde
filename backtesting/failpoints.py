"""Places where tests let a process die: it proves that any moment will do.

`BT_FAILPOINT=after_claim` ends a process at that place as SIGKILL would. Unset, it costs nothing.
"""

from __future__ import annotations

import os
from typing import Final

NAMES: Final = (
    "after_claim",
    "mid_replay",
    "before_report",
    "after_report",
    "after_commit",
    "in_reaper",
    "in_cancel",
)
_KILLED: Final = 137
_chosen = os.environ.get("BT_FAILPOINT", "")


def reach(name: str) -> None:
    """End the process here, without any cleaning up, if this is the place that was chosen."""
    if _chosen == name:
        os._exit(_KILLED)
