"""The settings of the workers that tests start: the real ones, and kinds of work to hurt them.

What a test has to wait out may be shortened for its workers by the environment.
"""

from __future__ import annotations

from environs import Env

from config.settings import *  # noqa: F403 - all of them, but for what follows
from config.settings import (
    JOB_HANG_S,
    JOB_KINDS,
    JOB_LEASE_S,
    JOB_TIMEOUT_S,
    Q_CLUSTER,
)

env = Env()

JOB_KINDS = JOB_KINDS | {
    name: f"tests.backtesting.jobs.odd_works.{name}"
    for name in ("brief", "nap", "linger", "meet", "poison", "freeze")
}
JOB_PREPARE = "tests.backtesting.jobs.odd_works.prepare"
PREPARE_S = env.float("PREPARE_S", 0.0)
JOB_LEASE_S = env.int("LEASE_S", JOB_LEASE_S)
JOB_HANG_S = env.int("HANG_S", JOB_HANG_S)
Q_CLUSTER = Q_CLUSTER | {"retry": env.int("RETRY_S", JOB_TIMEOUT_S + 60)}
SILENCED_SYSTEM_CHECKS = ["backtesting.E007", "backtesting.E015"]  # what these would be
