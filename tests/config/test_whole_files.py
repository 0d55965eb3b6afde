"""A file is replaced by a whole one or stays as it is, and what is no file is left alone."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from config.whole_files import is_odd_target, written_whole


@pytest.fixture(params=["pipe", "link", "link to nothing", "folder"])
def odd(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "odd"
    if request.param == "pipe":
        os.mkfifo(path)
    elif request.param == "folder":
        path.mkdir()
    else:
        target = tmp_path / "file"
        if request.param == "link":
            target.touch()
        path.symlink_to(target)
    return path


def test_it_is_there_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_text("old")

    with written_whole(path) as file:
        file.write(b"new")
        assert path.read_text() == "old"

    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_what_breaks_off_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_text("old")

    with pytest.raises(OSError, match=r"No space left on device: '.*/report'"):
        break_off(path)

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def break_off(path: Path) -> None:
    with written_whole(path) as file:
        file.write(b"ne")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_what_is_no_regular_file_is_not_replaced(odd: Path) -> None:
    before = odd.lstat()

    with pytest.raises(FileExistsError, match="no regular file; name another"), written_whole(odd):
        pass

    assert is_odd_target(odd)
    assert odd.lstat().st_ino == before.st_ino


def test_devices_are_odd_and_new_names_are_not(tmp_path: Path) -> None:
    assert is_odd_target(Path("/dev/null"))
    assert not is_odd_target(tmp_path / "new")
