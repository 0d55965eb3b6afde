"""How much one sweep may ask for: sets times events, counted before anything is searched."""

from __future__ import annotations

from django.conf import settings

from backtesting.search.grid import SweepError


def check_work(sets: int, events: int) -> None:
    """Raise SweepError where `sets` times `events` is more than SWEEP_MAX_SET_EVENTS."""
    most: int = settings.SWEEP_MAX_SET_EVENTS
    if sets * events > most:
        raise SweepError(
            f"{sets:,} parameter sets over {events:,} events are {sets * events:,} set-events, "
            f"more than the {most:,} allowed (SWEEP_MAX_SET_EVENTS); "
            "give fewer values or a shorter time"
        )
