"""What the forms offer to choose from, in a trader's words."""

from __future__ import annotations

from typing import Final

FILL_MODELS: Final = (
    ("modeled", "modeled: at detection"),
    ("replayed", "replayed: as orders arrive"),
)
FEES: Final = (
    ("account", "the account's own"),
    ("schedule", "Kraken's entry tier"),
    ("volume", "Kraken's tier at a volume"),
    ("flat", "one flat rate"),
    ("zero", "no fees"),
)
REENTRIES: Final = (
    ("after_reset", "after reset: once an edge"),
    ("always", "always: while it stands"),
)
# Kraken's tiers by 30-day volume in USD, with the taker fee of a crypto pairing in per cent.
_VOLUME_TIERS: Final = (
    (0, "0.40"),
    (10_000, "0.35"),
    (50_000, "0.24"),
    (100_000, "0.22"),
    (250_000, "0.20"),
    (500_000, "0.18"),
    (1_000_000, "0.16"),
    (2_500_000, "0.14"),
    (5_000_000, "0.12"),
    (10_000_000, "0.10"),
    (100_000_000, "0.08"),
    (500_000_000, "0.05"),
)
_MOST_DIGITS: Final = 15
# What a one-way order latency in milliseconds stands for.
LATENCIES: Final = (
    (2, "a server in London, next to the exchange"),
    (20, "a server in Europe, orders over WebSocket"),
    (60, "the US east coast, or REST from Europe"),
    (200, "a home connection"),
)


def volumes(*more: object) -> list[tuple[str, str]]:
    """Return the tiers by 30-day volume, and the volumes `more` that somebody asked for."""
    tiers = [(str(volume), f"{volume:,} USD: {fee} %") for volume, fee in _VOLUME_TIERS]
    known = {volume for volume, _ in tiers}
    asked = {str(volume) for volume in more} - known
    others = sorted(text for text in asked if text.isdecimal() and len(text) <= _MOST_DIGITS)
    return [*tiers, *((text, f"{int(text):,} USD") for text in others)]
