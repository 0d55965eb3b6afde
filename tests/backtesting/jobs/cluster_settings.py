"""The settings of the workers that tests start: the real ones, and kinds of work to hurt them."""

from __future__ import annotations

from config.settings import *  # noqa: F403 - all of them, but for what follows
from config.settings import JOB_KINDS

JOB_KINDS = JOB_KINDS | {
    name: f"tests.backtesting.jobs.odd_works.{name}"
    for name in ("brief", "nap", "poison", "freeze")
}
