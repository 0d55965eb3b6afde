"""A bell that nobody hears."""

from __future__ import annotations


def ring() -> None:
    """Ring for nobody."""
