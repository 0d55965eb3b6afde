"""Cutting a sweep into chunks that are worth a worker's while."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# A chunk is worth at least a second of work; this much leaves room for a bad estimate.
CHUNK_S = 2.0
# Below this a sweep is done before another worker has its events.
WORTH_CUTTING_S = 6.0
_MOST_CHUNKS = 500


def estimated_s(sizes: Sequence[int], scan_s: float, set_s: float) -> float:
    """Return how long groups of so many sets take, one scan each."""
    return len(sizes) * scan_s + sum(sizes) * set_s


def cut(sizes: Sequence[int], scan_s: float, set_s: float) -> list[list[tuple[int, int, int]]]:
    """Return chunks as lists of (group, first, stop) that cover groups of these sizes in order.

    Large groups are cut, at the cost of another scan; small ones share a chunk.
    """
    target = max(CHUNK_S, estimated_s(sizes, scan_s, set_s) / _MOST_CHUNKS)
    chunks: list[list[tuple[int, int, int]]] = [[]]
    filled = 0.0
    for group, size in enumerate(sizes):
        first = 0
        while first < size:
            room = target - filled - scan_s
            count = min(size - first, max(1, int(room / set_s) if set_s > 0 else size))
            chunks[-1].append((group, first, first + count))
            filled += scan_s + count * set_s
            first += count
            if filled >= target:
                chunks.append([])
                filled = 0.0
    return [chunk for chunk in chunks if chunk]
