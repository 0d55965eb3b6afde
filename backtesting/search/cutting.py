"""Cutting a sweep into chunks that are worth a worker's while."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# A sweep of fewer chunks' time is done before another worker has its events.
_WORTH_CUTTING = 3
_MOST_CHUNKS = 500
# A chunk of less work than this would be a scan above all.
_SCANS_A_CHUNK = 4


def estimated_s(sizes: Sequence[int], scan_s: float, set_s: float) -> float:
    """Return how long groups of so many sets take, one scan each."""
    return len(sizes) * scan_s + sum(sizes) * set_s


def is_worth_cutting(sizes: Sequence[int], scan_s: float, set_s: float, chunk_s: float) -> bool:
    """Say whether other workers could take a fair part of the work."""
    return estimated_s(sizes, scan_s, set_s) >= _WORTH_CUTTING * chunk_s


def cut(
    sizes: Sequence[int], scan_s: float, set_s: float, chunk_s: float
) -> list[list[tuple[int, int, int]]]:
    """Return chunks as lists of (group, first, stop) that cover groups of these sizes in order.

    A chunk is about `chunk_s` of work, more where scans are long or chunks would be too many.

    Large groups are cut, at the cost of another scan; small ones share a chunk.
    """
    target = max(chunk_s, _SCANS_A_CHUNK * scan_s, estimated_s(sizes, scan_s, set_s) / _MOST_CHUNKS)
    chunks: list[list[tuple[int, int, int]]] = [[]]
    filled = 0.0
    for group, size in enumerate(sizes):
        first = 0
        while first < size:
            if filled + scan_s + set_s > target and filled > 0:
                chunks.append([])
                filled = 0.0
            room = target - filled - scan_s
            count = min(size - first, max(1, int(room / set_s) if set_s > 0 else size))
            chunks[-1].append((group, first, first + count))
            filled += scan_s + count * set_s
            first += count
    return chunks
