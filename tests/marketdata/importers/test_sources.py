from __future__ import annotations

import gzip
import io
import os
import random
import sys
import threading
import zlib
from collections import deque
from typing import TYPE_CHECKING, Any

import pytest
import zstandard

from marketdata.importers.sources import SourceFault, TextSource, UnpackingLimits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEXT = "".join(f"{random.Random(5).random()} {line}\n" for line in range(60_000)).encode()


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=3, write_checksum=True).compress(data)


PACKERS: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "zstd": zstd}
each_packer = pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)


def read(path: Path | str, **options: Any) -> bytes:
    with TextSource(path, **options) as source:
        return b"".join(source)


def fault_of(path: Path | str, **options: Any) -> str:
    with pytest.raises(SourceFault) as caught:
        read(path, **options)
    assert caught.value.fault.detail.isprintable()
    return caught.value.fault.code


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "recording"


@pytest.mark.parametrize("text", [TEXT, b"", b"x", b"\x1f", b"\n"])
def test_plain_text_comes_as_it_is(file: Path, text: bytes) -> None:
    file.write_bytes(text)

    assert read(file) == text


@each_packer
def test_packed_text_is_told_by_its_bytes_not_its_name(
    file: Path, pack: Callable[[bytes], bytes]
) -> None:
    file.write_bytes(pack(TEXT))

    assert read(file) == TEXT


@each_packer
def test_members_one_after_the_other_are_one_text(
    file: Path, pack: Callable[[bytes], bytes]
) -> None:
    file.write_bytes(pack(b"one\n") + pack(b"") + pack(TEXT) + pack(b"two\n"))

    assert read(file) == b"one\n" + TEXT + b"two\n"


def test_zeros_after_the_last_member_are_padding(file: Path) -> None:
    file.write_bytes(gzip.compress(TEXT) + bytes(1000))

    assert read(file) == TEXT


def test_a_skippable_zstd_frame_is_skipped(file: Path) -> None:
    file.write_bytes(b"\x50\x2a\x4d\x18\x04\x00\x00\x00note" + zstd(TEXT))

    assert read(file) == TEXT


@each_packer
@pytest.mark.parametrize("share", [0.001, 0.5, 0.9999])
def test_a_packed_file_that_breaks_off_is_reported(
    file: Path, pack: Callable[[bytes], bytes], share: float
) -> None:
    packed = pack(TEXT)
    file.write_bytes(packed[: int(len(packed) * share)])

    assert fault_of(file) == "truncated"


@each_packer
def test_a_second_member_that_breaks_off_is_reported(
    file: Path, pack: Callable[[bytes], bytes]
) -> None:
    file.write_bytes(pack(TEXT) + pack(TEXT)[:9])

    assert fault_of(file) == "truncated"


@each_packer
def test_a_damaged_file_is_reported(file: Path, pack: Callable[[bytes], bytes]) -> None:
    packed = bytearray(pack(TEXT))
    packed[len(packed) // 2 : len(packed) // 2 + 40] = bytes(40)
    file.write_bytes(packed)

    assert fault_of(file) == "corrupted"


@each_packer
def test_foreign_bytes_after_the_last_member_are_reported(
    file: Path, pack: Callable[[bytes], bytes]
) -> None:
    file.write_bytes(pack(TEXT) + b"something else, quite long")

    assert fault_of(file) == "corrupted"


def test_a_zstd_window_that_takes_too_much_memory_is_reported(file: Path) -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=30, format=zstandard.FORMAT_ZSTD1)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    file.write_bytes(packer.compress(TEXT) + packer.flush())

    assert fault_of(file) == "corrupted"


@each_packer
def test_a_bomb_is_refused_before_it_has_gone_off(
    file: Path, pack: Callable[[bytes], bytes]
) -> None:
    file.write_bytes(pack(bytes(256 << 20)))

    with TextSource(file) as source:
        sizes = map(len, source)
        with pytest.raises(SourceFault, match="unpack to"):
            deque(sizes, maxlen=0)

        assert source._unpacked <= (64 << 20) + (16 << 20)


def test_a_text_that_packs_well_is_no_bomb_while_it_is_small(file: Path) -> None:
    file.write_bytes(gzip.compress(bytes(32 << 20)))

    assert len(read(file)) == 32 << 20


def test_a_packed_file_may_not_unpack_to_more_than_the_limit(file: Path) -> None:
    file.write_bytes(gzip.compress(TEXT))

    assert fault_of(file, limits=UnpackingLimits(max_bytes=len(TEXT) - 1)) == "unpacked_too_large"
    assert read(file, limits=UnpackingLimits(max_bytes=len(TEXT))) == TEXT


@each_packer
def test_no_piece_is_large_however_well_the_file_is_packed(
    file: Path, pack: Callable[[bytes], bytes]
) -> None:
    file.write_bytes(pack(bytes(48 << 20)))

    with TextSource(file) as source:
        assert max(map(len, source)) <= 16 << 20


@pytest.mark.parametrize("magic", [b"BZh9", b"\xfd7zXZ\x00", b"PK\x03\x04", b"\x04\x22\x4d\x18"])
def test_a_packing_that_is_not_read_is_named(file: Path, magic: bytes) -> None:
    file.write_bytes(magic + bytes(100))

    assert fault_of(file) == "unsupported"


def test_what_cannot_be_opened_is_one_clear_fault(tmp_path: Path) -> None:
    assert fault_of(tmp_path) == "unreadable"
    assert fault_of(tmp_path / "missing") == "unreadable"
    assert fault_of("a\0b") == "unreadable"
    assert fault_of("x" * 5000) == "unreadable"


def test_a_file_without_permission_is_one_clear_fault(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root may read anything, so the refusal is played.
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("marketdata.importers.sources.io.open", refuse)

    assert fault_of(file) == "unreadable"


def test_standard_input_is_read_and_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(gzip.compress(TEXT)))
    monkeypatch.setattr(sys, "stdin", stream)

    with TextSource("-") as source:
        assert b"".join(source) == TEXT
        assert source.total_bytes is None
        assert source.name == "standard input"

    assert not stream.buffer.closed


def test_a_missing_standard_input_is_one_clear_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)

    assert fault_of("-") == "unreadable"


@pytest.mark.parametrize("first", [1, 3, 100_000])
def test_a_fifo_is_read_however_its_bytes_drip(tmp_path: Path, first: int) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    packed = gzip.compress(TEXT)

    def write() -> None:
        with fifo.open("wb", buffering=0) as sink:
            sink.write(packed[:first])
            sink.write(packed[first:])

    writer = threading.Thread(target=write)
    writer.start()
    with TextSource(fifo) as source:
        assert source.total_bytes is None
        assert b"".join(source) == TEXT
    writer.join()


def test_progress_counts_the_bytes_of_the_file_as_it_is(file: Path) -> None:
    file.write_bytes(gzip.compress(TEXT))

    with TextSource(file) as source:
        assert (source.bytes_read, source.total_bytes) == (0, file.stat().st_size)
        list(source)
        assert source.bytes_read == source.total_bytes


def test_gzip_in_tiny_deflate_blocks_is_read(file: Path) -> None:
    packer = zlib.compressobj(wbits=31)
    file.write_bytes(
        b"".join(
            packer.compress(TEXT[at : at + 100]) + packer.flush(zlib.Z_FULL_FLUSH)
            for at in range(0, 20_000, 100)
        )
        + packer.flush()
    )

    assert read(file) == TEXT[:20_000]
