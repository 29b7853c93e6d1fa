"""Writing a checklist: links, permissions, locks, edits meanwhile, processes that race or are killed."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
from datetime import date

import pytest

from study.files.errors import StudyError
from study.log import checklist

TODAY = date(2026, 11, 22)
DATED = " ✅ 2026-11-22"
NAME = "papers/coin/checklist.md"


def test_the_mode_and_the_link_stay(base, tmp_path):
    path = base.path(NAME)
    real = tmp_path / "elsewhere.md"
    real.write_bytes(path.read_bytes())
    real.chmod(0o640)
    path.unlink()
    path.symlink_to(real)
    checklist.tick(path, 1, True, TODAY)
    assert path.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert f"claimed{DATED}" in real.read_text(encoding="utf-8")


def test_nothing_is_left_beside_the_file(base):
    before = set(base.path("papers/coin").iterdir())
    checklist.tick(base.path(NAME), 1, True, TODAY)
    assert set(base.path("papers/coin").iterdir()) == before
    assert len(list(base.path(".study/locks").iterdir())) == 1


def test_a_folder_that_cannot_be_written(base, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    before = base.read(NAME)
    with pytest.raises(StudyError, match="Permission denied"):
        checklist.tick(base.path(NAME), 1, True, TODAY)
    assert base.read(NAME) == before


def test_a_lock_that_cannot_be_made(base):
    base.write(".study", "in the way")
    with pytest.raises(StudyError, match=r"papers/coin/checklist\.md: cannot be locked in \.study/locks"):
        checklist.tick(base.path(NAME), 1, True, TODAY)


def test_a_lock_that_is_held(base, monkeypatch):
    from study.files import atomic

    monkeypatch.setattr(atomic, "_LOCK_TIMEOUT", 0.0)
    with (
        atomic.locked(base.path(NAME)),
        pytest.raises(StudyError, match="another study is writing it; try again"),
    ):
        checklist.tick(base.path(NAME), 1, True, TODAY)


def test_a_file_that_may_not_be_written_is_left_alone(base):
    path = base.path(NAME)
    before = path.read_bytes()
    path.chmod(0o444)
    with pytest.raises(StudyError, match=r"papers/coin/checklist\.md is read-only: allow .*chmod u\+w"):
        checklist.tick(path, 1, True, TODAY)
    assert path.read_bytes() == before
    assert not checklist.tick(path, 1, False).changed, "nothing to write, nothing to refuse"


def test_an_edit_by_hand_while_a_tick_is_written_is_kept(base, monkeypatch):
    """The last thing before the new file takes the name is a look at the old one."""
    path = base.path(NAME)
    real, edits = os.chmod, iter(["- [ ] Mine\n", "- [ ] Mine, too\n"])

    def chmod(name, mode):
        real(name, mode)
        if str(name).endswith(".part") and (line := next(edits, "")):
            path.write_bytes(path.read_bytes() + line.encode())

    monkeypatch.setattr(os, "chmod", chmod)
    assert checklist.tick(path, 1, True, TODAY).changed
    text = base.read(NAME)
    assert text.startswith(f"# Checklist\n\n- [x] First pass: what is claimed{DATED}\n")
    assert text.endswith("- [ ] Mine\n- [ ] Mine, too\n")
    assert list(path.parent.glob(".checklist*")) == []


def test_a_file_that_never_keeps_still_is_given_up(base, monkeypatch):
    path, real = base.path(NAME), os.chmod

    def chmod(name, mode):
        real(name, mode)
        if str(name).endswith(".part"):
            path.write_bytes(path.read_bytes() + b"\n")

    monkeypatch.setattr(os, "chmod", chmod)
    with pytest.raises(StudyError, match="something else keeps writing it"):
        checklist.tick(path, 1, True, TODAY)
    assert "[x]" not in base.read(NAME)


def test_an_item_moved_by_hand_meanwhile_is_ticked_where_it_is(base, monkeypatch):
    path, real, moved = base.path(NAME), os.chmod, []

    def chmod(name, mode):
        real(name, mode)
        if str(name).endswith(".part") and not moved:
            moved.append(path.write_bytes(b"- [ ] New\n" + path.read_bytes()))

    monkeypatch.setattr(os, "chmod", chmod)
    checklist.tick(path, "second pass", True, TODAY)
    assert f"- [x] Second pass: the method, pen in hand{DATED}\n" in base.read(NAME)
    assert base.read(NAME).startswith("- [ ] New\n")


TICKER = """
import sys
from datetime import date
from pathlib import Path
from study.log import checklist
path, numbers = Path(sys.argv[1]), sys.argv[2].split(",")
print("ready", flush=True)
sys.stdin.readline()
for number in numbers:
    checklist.tick(path, number, True, date(2026, 11, 22))
"""

TOGGLER = """
import sys
from datetime import date
from pathlib import Path
from study.log import checklist
path = Path(sys.argv[1])
done = not checklist.load(path).items[0].done
checklist.tick(path, 1, done, date(2026, 11, 22))
print("ready", flush=True)
while True:
    done = not done
    checklist.tick(path, 1, done, date(2026, 11, 22))
"""


def start(script: str, *arguments: object) -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_concurrent_ticks_all_survive(base):
    count, writers = 24, 4
    path = base.write(NAME, "".join(f"- [ ] item {number:02d}\n" for number in range(count)))
    processes = [
        start(TICKER, path, ",".join(str(n) for n in range(1 + writer, count + 1, writers)))
        for writer in range(writers)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.close()
    for process in processes:
        assert process.wait(timeout=60) == 0
        assert process.stdout is not None
        process.stdout.close()
    assert base.read(NAME) == "".join(f"- [x] item {number:02d}{DATED}\n" for number in range(count))


def test_a_killed_process_leaves_the_old_file_or_the_new_one(base):
    filler = "x" * 4_000_000 + "\n"  # large, so that writing it takes a while
    whole = {f"- [ ] item\n{filler}".encode(), f"- [x] item{DATED}\n{filler}".encode()}
    path = base.write(NAME, min(whole))
    for attempt in range(8):
        process = start(TOGGLER, path)
        for _ in range(7 * attempt):
            assert path.read_bytes() in whole  # what any reader finds meanwhile
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=60)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        process.stdout.close()
        assert path.read_bytes() in whole
    checklist.tick(path, 1, path.read_bytes().startswith(b"- [ ]"), TODAY)  # the lock of the dead is free
    left = [one.name for one in path.parent.iterdir() if re.match(r"\.checklist", one.name)]
    assert left == []
