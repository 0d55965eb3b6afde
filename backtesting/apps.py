from __future__ import annotations

from django.apps import AppConfig

from backtesting import checks  # noqa: F401 - importing it registers the checks


class BacktestingConfig(AppConfig):
    name = "backtesting"
