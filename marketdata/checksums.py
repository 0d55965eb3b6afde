"""A checksum that keeps pace with memory, to find damage in files of hundreds of megabytes.

Each block of 512 words becomes the sum of its words and of their upper halves, each times an odd
weight of its place, modulo 2**64: any one change to a word changes the sum, wherever it is, and
several cancel out with a chance of about 2**-32. The sums, an eight-hundredth of the data, go
through BLAKE2. It finds accidents; it is no signature.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WORDS: Final = 512
_BLOCK_BYTES: Final = 8 * _WORDS
# So many blocks at once stay in the processor's own memory.
_BLOCKS: Final = 64
_HALF: Final = np.uint64(32)
_SEED: Final = 20_260_301


def _weights() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    drawn = np.random.Generator(np.random.PCG64(_SEED)).integers(
        0, 2**64, (2, _WORDS), dtype=np.uint64
    )
    words, halves = drawn | np.uint64(1)
    return words, halves


_WORD_WEIGHTS, _HALF_WEIGHTS = _weights()


def checksum(data: bytes | memoryview) -> str:
    """Return the checksum of bytes, as 32 hexadecimal digits."""
    raw = np.frombuffer(data, np.uint8)
    whole = len(raw) // _BLOCK_BYTES * _BLOCK_BYTES
    blocks = raw[:whole].view(np.uint64).reshape(-1, _WORDS)
    sums = np.empty(len(blocks), np.uint64)
    for start in range(0, len(blocks), _BLOCKS):
        part = blocks[start : start + _BLOCKS]
        sums[start : start + _BLOCKS] = np.einsum("ij,j->i", part, _WORD_WEIGHTS) + np.einsum(
            "ij,j->i", part >> _HALF, _HALF_WEIGHTS
        )
    digest = hashlib.blake2b(sums.tobytes(), digest_size=16)
    digest.update(raw[whole:].tobytes())
    digest.update(len(raw).to_bytes(8, "little"))
    return digest.hexdigest()
