"""The settings of a dashboard that tests serve: the real ones, with replays as slow as asked."""

from __future__ import annotations

from config.settings import *  # noqa: F403 - all of them, but for what follows
from config.settings import JOB_KINDS

JOB_KINDS = JOB_KINDS | {"replay": "tests.e2e.slow_replay.slow_replay"}
