from __future__ import annotations

from django.apps import AppConfig


class PairingsConfig(AppConfig):
    name = "pairings"
