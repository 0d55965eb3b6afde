"""Damage does not go unnoticed."""

from __future__ import annotations

import numpy as np
import pytest

from marketdata.checksums import checksum

SIZES = (0, 1, 4095, 4096, 4097, 64 * 4096, 70 * 4096 + 13)


@pytest.mark.parametrize("size", SIZES)
def test_the_same_bytes_have_the_same_checksum(size: int) -> None:
    data = np.random.default_rng(size).bytes(size)

    assert checksum(data) == checksum(memoryview(bytearray(data)))


def test_any_flipped_bit_changes_it() -> None:
    rng = np.random.default_rng(4)
    data = bytearray(rng.bytes(70 * 4096 + 13))
    sound = checksum(bytes(data))

    for bit in rng.integers(0, 8 * len(data), 300).tolist():
        data[bit // 8] ^= 1 << bit % 8
        assert checksum(bytes(data)) != sound
        data[bit // 8] ^= 1 << bit % 8


def test_the_same_highest_bit_flipped_in_two_words_changes_it() -> None:
    words = np.zeros(512, np.uint64)
    sound = checksum(words.tobytes())

    for bit in (0, 31, 32, 62, 63):
        words[[3, 200]] = np.uint64(1) << np.uint64(bit)
        assert checksum(words.tobytes()) != sound


def test_zeros_of_another_length_are_told_apart() -> None:
    assert len({checksum(bytes(size)) for size in SIZES}) == len(SIZES)


def test_blocks_that_change_places_are_noticed() -> None:
    data = np.random.default_rng(5).bytes(3 * 4096)

    assert checksum(data) != checksum(data[4096:] + data[:4096])
