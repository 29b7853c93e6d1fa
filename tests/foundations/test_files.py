"""Files are the old one or the new one."""

import os
import stat
import sys

import pytest

from foundations.errors import FoundationsError, ResultsError
from foundations.files import write_atomically


def test_folders_are_made_and_nothing_is_left_beside(tmp_path):
    path = tmp_path / "a" / "b" / "c.txt"
    write_atomically(path, "π\r\n")
    assert path.read_bytes() == "π\r\n".encode()
    assert [p.name for p in path.parent.iterdir()] == ["c.txt"]


def test_a_failure_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "c.txt"
    path.write_text("old")
    monkeypatch.setattr(
        os, "replace", lambda source, target: (_ for _ in ()).throw(OSError(28, "No space left"))
    )
    with pytest.raises(ResultsError, match=r"c\.txt: No space left"):
        write_atomically(path, "new", error=ResultsError)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["c.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_permissions_are_those_of_the_old_file_or_of_a_new_one(tmp_path):
    path = tmp_path / "c.txt"
    write_atomically(path, "x")
    plain = tmp_path / "plain"
    plain.touch()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
    path.chmod(0o640)
    write_atomically(path, "y")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_link_is_followed(tmp_path):
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to("real.txt")
    write_atomically(tmp_path / "link.txt", "new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "taken").touch()
    with pytest.raises(FoundationsError) as caught:
        write_atomically(tmp_path / "taken" / "c.txt", "x")
    assert str(caught.value).startswith(f"cannot write {tmp_path / 'taken' / 'c.txt'}: ")
    assert "\n" not in str(caught.value)
