"""The cache never gives a wrong number and never fails: at worst it is as if it were not there."""

from __future__ import annotations

import errno
import mmap
import os
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from marketdata.cache import ReplayCache
from marketdata.columns import BookColumns, build_columns

if TYPE_CHECKING:
    from collections.abc import Callable

SYMBOLS = ("BTC/USD", "ETH/USD")
ARRAYS = ("time_us", "symbol", "best_bid", "inverse_ask", "depth_start", "bid_count", "levels")
PLENTY = 10**9


def some_columns(events: int = 300, seed: int = 1) -> BookColumns:
    rng = np.random.default_rng(seed)
    bids, asks = rng.integers(0, 5, events), rng.integers(0, 5, events)
    return build_columns(
        symbols=SYMBOLS,
        time_us=np.cumsum(rng.integers(0, 3, events)),
        symbol=rng.integers(0, 2, events),
        bid_count=bids,
        ask_count=asks,
        levels=rng.uniform(1, 2, (int((bids + asks).sum()), 2)),
    )


def are_equal(one: BookColumns | None, two: BookColumns) -> bool:
    return (
        one is not None
        and one.symbols == two.symbols
        and all(np.array_equal(getattr(one, name), getattr(two, name)) for name in ARRAYS)
    )


def contents(number: int = 1) -> dict[str, Any]:
    return {"symbols": list(SYMBOLS), "recordings": [[number]]}


@pytest.fixture
def cache(tmp_path: Path) -> ReplayCache:
    return ReplayCache(root=tmp_path / "cache", max_bytes=PLENTY)


def entry(cache: ReplayCache) -> Path:
    return next(path for path in cache.root.iterdir() if not path.name.startswith("."))


@pytest.mark.parametrize("events", [0, 1, 300])
def test_what_is_stored_comes_back(cache: ReplayCache, events: int) -> None:
    columns = some_columns(events)

    assert cache.store(contents(), columns)
    assert are_equal(cache.load(contents(), SYMBOLS), columns)


def test_other_contents_are_not_found(cache: ReplayCache) -> None:
    cache.store(contents(1), some_columns())

    assert cache.load(contents(2), SYMBOLS) is None


def test_an_entry_under_a_wrong_name_is_not_believed(cache: ReplayCache) -> None:
    cache.store(contents(1), some_columns())
    entry(cache).rename(cache._folder(contents(2)))

    assert cache.load(contents(2), SYMBOLS) is None


def test_no_damage_gives_a_wrong_number_or_an_error(cache: ReplayCache) -> None:
    columns = some_columns()
    rng = np.random.default_rng(6)

    for _ in range(200):
        assert cache.store(contents(), columns) or cache.load(contents(), SYMBOLS)
        files = sorted(entry(cache).iterdir())
        file = files[int(rng.integers(len(files)))]
        data = bytearray(file.read_bytes())
        place = int(rng.integers(len(data)))
        if rng.random() < 0.3:
            file.write_bytes(data[:place])
        else:
            data[place] ^= 1 << int(rng.integers(8))
            file.write_bytes(data)
        found = cache.load(contents(), SYMBOLS)
        # A flip in the manifest's spaces, say, may do no harm at all.
        assert found is None or are_equal(found, columns)


@pytest.mark.parametrize(
    "manifest", [b"", b"[]", b"7", b"{}", b"\xff\xfe", b"[" * 100_000, b'{"contents": 1e999}']
)
def test_a_manifest_of_nonsense_is_as_if_it_were_not_there(
    cache: ReplayCache, manifest: bytes
) -> None:
    columns = some_columns()
    cache.store(contents(), columns)
    (entry(cache) / "manifest.json").write_bytes(manifest)

    assert cache.load(contents(), SYMBOLS) is None
    assert cache.store(contents(), columns)
    assert are_equal(cache.load(contents(), SYMBOLS), columns)


@pytest.mark.parametrize("missing", [*(f"{name}.npy" for name in ARRAYS), "manifest.json"])
def test_an_entry_with_a_file_missing_is_made_anew(cache: ReplayCache, missing: str) -> None:
    columns = some_columns()
    cache.store(contents(), columns)
    (entry(cache) / missing).unlink()

    assert cache.load(contents(), SYMBOLS) is None
    assert cache.store(contents(), columns)
    assert are_equal(cache.load(contents(), SYMBOLS), columns)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", ["manifest.json", "levels.npy"])
@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, partial(os.symlink, "/dev/zero")])
def test_what_is_no_file_neither_keeps_nor_fails_a_run(
    cache: ReplayCache, name: str, make: Callable[[Path], None]
) -> None:
    columns = some_columns()
    cache.store(contents(), columns)
    (entry(cache) / name).unlink()
    make(entry(cache) / name)

    assert cache.load(contents(), SYMBOLS) is None
    assert cache.store(contents(), columns)
    assert are_equal(cache.load(contents(), SYMBOLS), columns)


@pytest.mark.parametrize("failing_write", range(12))
def test_a_full_disk_at_any_write_leaves_no_entry(
    cache: ReplayCache, monkeypatch: pytest.MonkeyPatch, failing_write: int
) -> None:
    calls = iter(range(100))
    flush = os.fsync

    def fsync(descriptor: int) -> None:
        if next(calls) == failing_write:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        flush(descriptor)

    monkeypatch.setattr("marketdata.cache.os.fsync", fsync)
    columns = some_columns()

    stored = cache.store(contents(), columns)

    found = cache.load(contents(), SYMBOLS)
    assert are_equal(found, columns) if stored else found is None or are_equal(found, columns)
    assert [path for path in cache.root.iterdir() if path.name.startswith(".")] == []


def test_a_cache_in_the_place_of_a_file_is_skipped(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    cache = ReplayCache(root=blocked, max_bytes=PLENTY)

    assert not cache.store(contents(), some_columns())
    assert cache.load(contents(), SYMBOLS) is None


def test_the_entry_longest_unused_goes_first(cache: ReplayCache) -> None:
    columns = some_columns()
    for number in (1, 2, 3):
        cache.store(contents(number), columns)
        os.utime(cache._folder(contents(number)), (number, number))
    cache.load(contents(1), SYMBOLS)
    size = sum(path.stat().st_size for path in entry(cache).iterdir())
    small = ReplayCache(root=cache.root, max_bytes=3 * size + 40_000)

    small.store(contents(4), columns)

    held = [number for number in (1, 2, 3, 4) if small._folder(contents(number)).exists()]
    assert held == [1, 3, 4]


def test_what_alone_is_too_large_is_not_stored_and_drives_nothing_out(cache: ReplayCache) -> None:
    cache.store(contents(1), some_columns())
    tiny = ReplayCache(root=cache.root, max_bytes=1000)

    assert not tiny.store(contents(2), some_columns())
    assert cache.load(contents(1), SYMBOLS) is not None


def test_drafts_of_dead_processes_are_swept_and_those_at_work_are_left(cache: ReplayCache) -> None:
    cache.root.mkdir()
    old, new = cache.root / ".draft-1-a", cache.root / ".draft-2-b"
    for draft in (old, new):
        draft.mkdir()
    os.utime(old, (time.time() - 7200,) * 2)

    cache.store(contents(), some_columns())

    assert not old.exists()
    assert new.exists()


def test_columns_stay_readable_after_their_entry_is_gone(cache: ReplayCache) -> None:
    columns = some_columns()
    cache.store(contents(), columns)
    loaded = cache.load(contents(), SYMBOLS)

    ReplayCache(root=cache.root, max_bytes=0)._make_room(0)

    assert cache.load(contents(), SYMBOLS) is None
    assert are_equal(loaded, columns)


def test_writing_to_loaded_columns_does_not_reach_the_entry(cache: ReplayCache) -> None:
    columns = some_columns()
    cache.store(contents(), columns)
    loaded = cache.load(contents(), SYMBOLS)
    assert loaded is not None

    loaded.best_bid[:] = 0.0

    assert are_equal(cache.load(contents(), SYMBOLS), columns)


def test_many_at_once_never_see_a_wrong_entry(cache: ReplayCache) -> None:
    columns = {number: some_columns(seed=number) for number in range(3)}
    size = sum(getattr(columns[0], name).nbytes for name in ARRAYS)
    crowded = ReplayCache(root=cache.root, max_bytes=2 * size + 80_000)

    def work(step: int) -> bool:
        number = step % 3
        crowded.store(contents(number), columns[number])
        found = crowded.load(contents(number), SYMBOLS)
        return found is None or are_equal(found, columns[number])

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(150)))


@pytest.mark.skipif(not hasattr(mmap, "MADV_DONTNEED"), reason="the system cannot let go of pages")
def test_what_was_read_of_the_depth_can_be_let_go(cache: ReplayCache) -> None:
    columns = some_columns(400_000)
    cache.store(contents(), columns)
    loaded = cache.load(contents(), SYMBOLS)
    assert loaded is not None
    assert loaded.levels.sum() == columns.levels.sum()
    held = resident_bytes()

    loaded.let_go()

    # 400,000 events of 4 levels on average are 25 MB of depth.
    assert held - resident_bytes() > columns.levels.nbytes / 2
    assert are_equal(loaded, columns)


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * mmap.PAGESIZE
