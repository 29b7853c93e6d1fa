"""Whose ticks: a clone holds the keeper's, until its reader starts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import date

import pytest

from study.entries import catalogue
from study.files.errors import FileError
from study.log import progress, reader
from study.log.start import start

DAY = date(2026, 11, 22)
COIN, WALK = "papers/coin/checklist.md", "implementations/walk/checklist.md"


@pytest.fixture
def clone(base):
    """The toy as somebody cloned it: the keeper has ticked, begun and dropped, the reader has not started."""
    base.path("reader/started.json").unlink()
    base.edit(COIN, "- [ ] First", "- [x] First")
    base.edit(COIN, "- [ ] Second", "- [/] Second")
    base.edit(
        WALK,
        "- [ ] Second pass: the method, pen in hand",
        "- [x] Second pass: the method, pen in hand ✅ 2026-01-05 #x",
    )
    base.edit(WALK, "- [ ] Explained", "- [-] Explained")
    return base


def begin(base, **options):
    return start(catalogue.load(base.root), today=DAY, **options)


def test_a_newcomer_has_read_nothing(clone) -> None:
    told = progress.summary(catalogue.load(clone.root))
    assert {one.state for one in told.entries.values()} == {"to read"}
    assert (told.total.done, told.timeline, told.foreign) == (0, (), 2)
    assert told.next is not None
    assert "have read" not in told.next.reason


def test_starting_opens_every_box_and_keeps_a_copy(clone) -> None:
    before = {name: clone.read(name) for name in (COIN, WALK)}
    done = begin(clone)
    assert (done.again, done.emptied, done.entries, done.kept) == (False, 4, 2, 0)
    assert "[x]" not in clone.read(COIN) + clone.read(WALK)
    assert "- [ ] Second pass: the method, pen in hand #x\n- [ ] Explained" in clone.read(WALK)
    assert done.copy == clone.root / "reader/before-2026-11-22"
    for name, text in before.items():
        assert clone.read(f"reader/before-2026-11-22/{name}") == text
    assert not clone.path("reader/before-2026-11-22/foundations").exists(), "nothing was ticked there"
    assert reader.load(clone.root).started == DAY


def test_starting_again_changes_nothing(clone) -> None:
    begin(clone)
    reader.tick(clone.entry("coin"), 1, True, DAY)
    before = clone.read(COIN)
    again = start(catalogue.load(clone.root), today=date(2027, 1, 1))
    assert (again.again, again.day, again.emptied, again.kept) == (True, DAY, 0, 1)
    assert clone.read(COIN) == before
    assert not clone.path("reader/before-2027-01-01").exists()


def test_the_keeper_keeps_what_is_ticked(clone) -> None:
    before = clone.read(COIN)
    done = begin(clone, keep=True)
    assert (done.emptied, done.kept, done.copy) == (0, 2, None)
    assert clone.read(COIN) == before
    assert progress.summary(catalogue.load(clone.root)).total.done == 2


def test_what_the_reader_ticked_before_they_started_stays(clone) -> None:
    coin = clone.entry("coin")
    reader.tick(coin, 3, True, DAY)  # open until now
    change = reader.tick(coin, 1, True, DAY)  # ticked by the keeper, without a date
    assert change.changed
    assert "by the keeper" in change.message
    assert not reader.tick(coin, 1, True, DAY).changed
    told = progress.summary(catalogue.load(clone.root))
    assert (told.entries["coin"].done, told.entries["coin"].state, told.foreign) == (2, "reading", 1)
    assert [tick.date for tick in told.timeline] == [DAY, DAY]
    done = begin(clone)
    assert (done.emptied, done.kept) == (3, 2)
    assert clone.read(COIN) == (
        "# Checklist\n\n- [x] First pass: what is claimed ✅ 2026-11-22\n"
        "- [ ] Second pass: the method, pen in hand\n- [x] Explained it to someone ✅ 2026-11-22\n"
    )
    assert progress.summary(catalogue.load(clone.root)).total.done == 2


def test_a_tick_taken_back_before_the_start_is_the_readers_no_more(clone) -> None:
    reader.tick(clone.entry("coin"), 3, True, DAY)
    reader.tick(clone.entry("coin"), 3, False)
    assert begin(clone).kept == 0


def test_a_copy_is_never_written_over_another(clone) -> None:
    clone.write(f"reader/before-2026-11-22/{COIN}", "- [x] of an earlier start that was cut off\n")
    text = clone.read(COIN)
    begin(clone)
    assert "cut off" in clone.read(f"reader/before-2026-11-22/{COIN}")
    assert clone.read("reader/before-2026-11-22/papers/coin/checklist.2.md") == text


@pytest.mark.parametrize("text", ["{}", "not json", '{"started": "9999-01-01"}'])
def test_a_spoilt_start_is_named(base, text: str) -> None:
    base.write("reader/started.json", text)
    with pytest.raises(FileError, match=r"reader/started\.json: "):
        reader.load(base.root)


STARTER = """
import sys
from datetime import date
from pathlib import Path
from study.entries import catalogue
from study.log.start import start
listed = catalogue.load(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
start(listed, today=date(2026, 11, 22))
"""


def launch(script: str, *arguments: object) -> subprocess.Popen[str]:
    started = subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "ready\n"
    return started


def test_killed_at_any_moment_nothing_is_lost_and_it_can_be_run_again(clone) -> None:
    names = [f"foundations/e{number}" for number in range(30)]
    text = "- [x] First pass\n- [x] Second pass\n"
    for name in names:
        clone.add(*name.split("/"))
        clone.write(f"{name}/checklist.md", text)
    copies = clone.path("reader/before-2026-11-22/foundations")
    for count in (0, 1, 2, 5, 12, 25):  # kill it once so many copies are there
        running = launch(STARTER, clone.root)
        running.stdin.write("go\n")
        running.stdin.flush()
        while running.poll() is None and len(list(copies.glob("e*/checklist.md"))) < count:
            pass
        running.send_signal(signal.SIGKILL)
        running.communicate()
        for name in names:
            if clone.read(f"{name}/checklist.md") != text:
                assert clone.read(f"reader/before-2026-11-22/{name}/checklist.md") == text
    begin(clone)
    assert all("[x]" not in clone.read(f"{name}/checklist.md") for name in names)
    assert all(clone.read(f"reader/before-2026-11-22/{name}/checklist.md") == text for name in names)


TICKER = """
import sys
from datetime import date
from pathlib import Path
from study.entries import catalogue
from study.log import reader
listed = catalogue.load(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for number in sys.argv[2].split(","):
    reader.tick(listed.get("coin"), int(number), True, date(2026, 11, 22))
"""


def test_ticks_made_while_the_reader_starts_are_all_theirs(clone) -> None:
    count, writers = 16, 3
    clone.write(COIN, "".join(f"- [x] item {number:02d}\n" for number in range(count)))  # the keeper's
    mine = [number for number in range(1, count + 1) if number % 4]
    running = [
        launch(TICKER, clone.root, ",".join(map(str, mine[writer::writers]))) for writer in range(writers)
    ]
    running.append(launch(STARTER, clone.root))
    for one in running:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    for one in running:
        one.communicate(timeout=60)
        assert one.returncode == 0
    ticked = [line[3] == "x" for line in clone.read(COIN).splitlines()]
    assert ticked == [number in mine for number in range(1, count + 1)]
    assert progress.summary(catalogue.load(clone.root)).entries["coin"].done == len(mine)
