from __future__ import annotations

from django.apps import AppConfig


class BacktestingConfig(AppConfig):
    name = "backtesting"
