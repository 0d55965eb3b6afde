"""Processes that end with their parent, and groups of processes that end together."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from typing import Final

import psutil

_PR_SET_PDEATHSIG: Final = 1
_LOOK_S: Final = 0.02
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent is gone, however that ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it was gone before we asked
        os._exit(1)


def children_die_with_us() -> None:
    """Have every process that this one forks from now on, and theirs, end with its parent."""
    parent = os.getpid()

    def after_in_child() -> None:
        nonlocal parent
        die_with_parent(parent)
        parent = os.getpid()

    os.register_at_fork(after_in_child=after_in_child)


def members(group: int) -> list[psutil.Process]:
    """Return the living processes of a group."""
    return [process for process in psutil.process_iter() if _is_member(process, group)]


def titles(group: int) -> list[str]:
    """Return what the living processes of a group call themselves."""
    found = []
    for process in members(group):
        try:
            found.append(" ".join(process.cmdline()))
        except psutil.NoSuchProcess:
            continue
    return found


def end_group(group: int, patience_s: float = 5.0) -> bool:
    """Kill a group of processes; return whether all of them were seen to be gone."""
    deadline = time.monotonic() + patience_s
    while members(group):
        if time.monotonic() > deadline:
            return False
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            break
        time.sleep(_LOOK_S)
    return True


def is_alive(pid: int) -> bool:
    """Say whether a process of this machine runs: a dead one that nobody waited for does not."""
    try:
        status: str = psutil.Process(pid).status()
    except psutil.NoSuchProcess:
        return False
    return status not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)


def _is_member(process: psutil.Process, group: int) -> bool:
    try:
        is_ours = os.getpgid(process.pid) == group
    except (ProcessLookupError, PermissionError):
        return False
    return is_ours and is_alive(process.pid)
