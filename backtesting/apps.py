from __future__ import annotations

from django.apps import AppConfig

from backtesting import checks  # noqa: F401 - importing it registers the checks
from config.health import register_check


class BacktestingConfig(AppConfig):
    name = "backtesting"

    def ready(self) -> None:
        """Have /healthz ask how jobs and workers are."""
        from backtesting import health  # noqa: PLC0415 - its models are not there before

        register_check("queue", health.queue_health)
        register_check("worker", health.worker_health)
