"""Levels survive the way into bytes and back."""

from __future__ import annotations

import struct

import numpy as np

from marketdata.books import BookLevel
from marketdata.packing import pack_levels, unpack_book, unpack_levels


def test_a_book_is_packed_as_little_endian_pairs_bids_first() -> None:
    levels = np.array([[99.0, 1.0], [100.0, 2.0]])

    packed = pack_levels(levels, np.array([2]))

    assert packed == [struct.pack("<4d", 99.0, 1.0, 100.0, 2.0)]


def test_what_is_packed_comes_back_to_the_last_bit() -> None:
    rng = np.random.default_rng(3)
    counts = rng.integers(0, 20, 50)
    levels = rng.uniform(1e-12, 1e15, (int(counts.sum()), 2))

    packed = pack_levels(levels, counts)

    assert [len(book) // 16 for book in packed] == counts.tolist()
    assert np.array_equal(unpack_levels(packed), levels)


def test_one_book_is_split_into_bids_and_asks() -> None:
    packed = pack_levels(np.array([[99.0, 1.0], [98.0, 3.0], [100.0, 2.0]]), np.array([3]))

    bids, asks = unpack_book(packed[0], 2)

    assert bids == (BookLevel(99.0, 1.0), BookLevel(98.0, 3.0))
    assert asks == (BookLevel(100.0, 2.0),)


def test_nothing_packed_is_no_level() -> None:
    assert unpack_levels([]).shape == (0, 2)
    assert unpack_book(b"", 0) == ((), ())
