"""The data folder and the secret key in it."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environment import data_folder, proxy_addresses, refuse_uncompiled, secret_key

PROJECT = Path(__file__).resolve().parents[2]
PROCESSES = 20
# Ready, then off at once: all wait for their standard input to close.
RACE = """
import sys
from pathlib import Path
from config.environment import secret_key
print("ready", flush=True)
sys.stdin.read()
print(secret_key(Path(sys.argv[1])))
"""


def test_a_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"

    first, second = secret_key(path), secret_key(path)

    assert first == second
    assert len(first) >= 50
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_that_is_there_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    path.write_text("made long ago\n")

    assert secret_key(path) == "made long ago"


def test_a_key_that_is_none_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    path.write_text("\n")

    with pytest.raises(ImproperlyConfigured, match="secret_key is empty; remove it for a new key"):
        secret_key(path)

    path.write_bytes(b"\xff\xfe")

    with pytest.raises(ImproperlyConfigured, match="cannot be read: 'utf-8' codec"):
        secret_key(path)


@pytest.mark.parametrize("kind", ["folder", "pipe", "link to nothing"])
def test_what_is_no_file_is_no_key(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "secret_key"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(tmp_path / "nothing")

    with pytest.raises(ImproperlyConfigured, match="secret_key is no regular file; remove it"):
        secret_key(path)


def test_twenty_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACE, str(path)],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES)
    ]
    for racer in racers:
        assert racer.stdout
        assert racer.stdout.readline() == "ready\n"

    for racer in racers:
        assert racer.stdin
        racer.stdin.close()
    keys = set()
    for racer in racers:
        with racer:
            assert racer.stdout
            keys.add(racer.stdout.read().strip())

    assert keys == {path.read_text().strip()}
    assert list(tmp_path.iterdir()) == [path]


def test_the_data_folder_is_made_where_it_is_named(tmp_path: Path) -> None:
    named = tmp_path / "some" / "where"

    folder = data_folder(str(named), tmp_path / "var")

    assert folder == named.resolve()
    assert folder.is_dir()
    assert not (tmp_path / "var").exists()


def test_a_data_folder_that_we_make_is_closed_to_others(tmp_path: Path) -> None:
    made = data_folder(str(tmp_path / "some" / "where"), tmp_path)
    (tmp_path / "open").mkdir(mode=0o755)

    kept = data_folder(str(tmp_path / "open"), tmp_path)

    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert stat.S_IMODE(kept.stat().st_mode) == 0o755


def test_the_data_folder_may_be_in_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))

    folder = data_folder("~/recordings", tmp_path / "var")

    assert folder == (tmp_path / "recordings").resolve()


def test_a_data_folder_that_cannot_be_made_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ImproperlyConfigured, match="file/var cannot be made: Not a directory"):
        data_folder(str(tmp_path / "file" / "var"), tmp_path)

    with pytest.raises(ImproperlyConfigured, match="~nobody-at-all/var cannot be made: Could not"):
        data_folder("~nobody-at-all/var", tmp_path)


def test_a_full_disk_leaves_no_half_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", fail)

    with pytest.raises(ImproperlyConfigured, match="cannot be written: No space left on device"):
        secret_key(tmp_path / "secret_key")

    assert list(tmp_path.iterdir()) == []


def test_proxies_are_named_by_their_addresses() -> None:
    named = ["127.0.0.1", " ::0001 ", ""]

    assert proxy_addresses(named) == ["127.0.0.1", "::1"]


@pytest.mark.parametrize("word", ["*", "localhost", "10.0.0.0/8", "999.1.1.1", "127.0.0.1:80"])
def test_a_proxy_by_any_other_word_is_refused(word: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="is not an IP address") as refused:
        proxy_addresses(["127.0.0.1", word])

    assert repr(word) in str(refused.value)


def test_an_engine_without_its_compiler_is_refused() -> None:
    refuse_uncompiled("")
    refuse_uncompiled("0")

    with pytest.raises(ImproperlyConfigured, match="NUMBA_DISABLE_JIT is '1'; unset it"):
        refuse_uncompiled("1")
