"""Files are the old one or the new one."""

import os
import stat
import subprocess
import sys

import pytest

from foundations.errors import FoundationsError, ResultsError
from foundations.files import locked, write_atomically


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


def test_a_lock_is_held_by_one_at_a_time(tmp_path):
    path = tmp_path / "a" / "c.txt"
    with locked(path):
        with (
            pytest.raises(ResultsError, match=r"c\.txt: another process is writing it; try again"),
            locked(path, timeout=0, error=ResultsError),
        ):
            pass
        with locked(tmp_path / "a" / "d.txt", timeout=0):
            pass  # another file is free
    with locked(path, timeout=0):
        assert not path.exists()


def test_a_lock_is_that_of_the_file_a_link_leads_to(tmp_path):
    (tmp_path / "c.txt").write_text("x")
    (tmp_path / "link.txt").symlink_to("c.txt")
    with (
        locked(tmp_path / "c.txt"),
        pytest.raises(FoundationsError, match="another process"),
        locked(tmp_path / "link.txt", timeout=0),
    ):
        pass


def test_a_lock_is_let_go_if_what_is_done_under_it_fails(tmp_path):
    with pytest.raises(KeyError), locked(tmp_path / "c.txt"):
        raise KeyError
    with locked(tmp_path / "c.txt", timeout=0):
        pass


def test_a_killed_process_holds_no_lock(tmp_path):
    script = (
        "import sys\nfrom foundations.files import locked\n"
        "with locked(sys.argv[1]):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "c.txt")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    with pytest.raises(FoundationsError, match="another process"), locked(tmp_path / "c.txt", timeout=0):
        pass
    process.kill()
    process.communicate()
    with locked(tmp_path / "c.txt", timeout=0):
        pass


def test_a_lock_where_nothing_can_be_written_is_one_line(tmp_path):
    (tmp_path / "taken").write_text("")
    with (
        pytest.raises(ResultsError, match="cannot write") as caught,
        locked(tmp_path / "taken" / "c.txt", error=ResultsError),
    ):
        pass
    assert "\n" not in str(caught.value)
