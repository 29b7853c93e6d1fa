from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from study.files.errors import FileError, StudyError, UsageError
from study.log import checklist

TODAY = date(2026, 11, 22)
DATED = " ✅ 2026-11-22"
NAME = "papers/coin/checklist.md"
REPEATED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture
def tick(base):
    """Write a checklist, tick an item of it and return what the file then holds."""

    def run(text: str | bytes, item: str | int = 1, done: bool = True) -> str:
        path = base.write(NAME, text)
        checklist.tick(path, item, done, TODAY)
        return path.read_bytes().decode()

    return run


def items(text: str) -> list[tuple[str, bool]]:
    return [(item.text, item.done) for item in checklist.parse(text, checklist.Path("c.md")).items]


def test_items_are_read_with_number_text_date_and_line(base):
    text = "# Checklist\n\n- [x] Read ✅ 2026-11-20\n- [ ] Derive\n  * [X] nested\n"
    listed = checklist.load(base.write(NAME, text))
    assert [(i.number, i.text, i.done, i.date, i.line, i.indent) for i in listed.items] == [
        (1, "Read", True, date(2026, 11, 20), 3, 0),
        (2, "Derive", False, None, 4, 0),
        (3, "nested", True, None, 5, 2),
    ]
    assert (listed.done, listed.total) == (2, 3)


@pytest.mark.parametrize("bullet", ["-", "*", "+", "1.", "12)"])
@pytest.mark.parametrize("indent", ["", "  ", "\t", "      "])
def test_every_bullet_and_indentation(bullet, indent):
    assert items(f"{indent}{bullet} [ ] a\n{indent}{bullet} [X] b") == [("a", False), ("b", True)]


@pytest.mark.parametrize(
    "line", ["- [] a", "-[ ] a", "- [ ]a", "- [y] a", "[ ] a", "- [ ]", "- [ ] ", "- a", "x - [ ] a"]
)
def test_other_lines_are_no_items(line):
    assert items(f"{line}\n- [ ] real") == [("real", False)]


def test_items_in_fences_and_comments_are_no_items():
    text = "```text\n- [ ] shown\n```\n<!--\n- [ ] hidden\n-->\n~~~\n- [x] shown\n~~~\n- [ ] real\n"
    assert items(text) == [("real", False)]


def test_ticking_writes_the_marker_and_the_date(tick):
    assert tick("# C\n\n- [ ] a\n- [ ] b\n", 2) == f"# C\n\n- [ ] a\n- [x] b{DATED}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("- [ ] a", f"- [x] a{DATED}"),
        ("- [ ] a\r\n- [ ] b\r\n", f"- [x] a{DATED}\r\n- [ ] b\r\n"),
        ("\ufeff# C\n- [ ] a\n", f"\ufeff# C\n- [x] a{DATED}\n"),
        ("-   [ ]   a   \n", f"-   [x]   a{DATED}   \n"),
        ("\t+ [ ] a\t\n\n\n\n", f"\t+ [x] a{DATED}\t\n\n\n\n"),
        ("- [ ] a 📅 2026-12-01\n", f"- [x] a 📅 2026-12-01{DATED}\n"),
        ("- [ ] a 🔁 every week ⏫\n", f"- [x] a 🔁 every week ⏫{DATED}\n"),
        ("- [ ] a ^block-1\n", f"- [x] a{DATED} ^block-1\n"),
        ("- [ ] a 📅 2026-12-01 ^b\n", f"- [x] a 📅 2026-12-01{DATED} ^b\n"),
        ("- [ ] a ✅ 2020-01-01\n", f"- [x] a{DATED}\n"),
        ("text\x0b\x0c\u2028- [ ] no\n- [ ] a\n", f"text\x0b\x0c\u2028- [ ] no\n- [x] a{DATED}\n"),
        ("a\rb\n- [ ] a\n", f"a\rb\n- [x] a{DATED}\n"),
    ],
)
def test_nothing_else_of_the_file_changes(tick, before, after):
    assert tick(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"- [x] a{DATED}\n", "- [ ] a\n"),
        (f"- [X] a{DATED}  \r\n", "- [ ] a  \r\n"),
        ("- [x] a\n", "- [ ] a\n"),
        ("- [x] a ✅ 2026-11-22 📅 2026-12-01 ^b\n", "- [ ] a 📅 2026-12-01 ^b\n"),
        ("- [x] a ✅ 2020-01-01 in the text ✅ 2021-01-01\n", "- [ ] a ✅ 2020-01-01 in the text\n"),
        ("- [x] a ✅\ufe0f 2021-01-01\n", "- [ ] a\n"),
    ],
)
def test_unticking_takes_the_done_date_and_nothing_else(tick, before, after):
    assert tick(before, 1, False) == after


def test_metadata_is_not_part_of_the_text():
    assert items("- [x] a b 🔼 ➕ 2026-01-01 📅 2026-02-02 ✅ 2026-03-03 ^id") == [("a b", True)]
    assert items("- [ ] 📅 2026-02-02") == [("📅 2026-02-02", False)]
    assert items("- [ ] 2^n") == [("2^n", False)]


def test_an_item_is_named_by_number_or_text(base):
    text = "- [ ] Read\n- [ ] Read again\n- [ ] Derive Equation 1\n- [ ] 2\n"
    listed = checklist.load(base.write(NAME, text))
    assert listed.find("3").number == 3
    assert listed.find(3).number == 3
    assert listed.find("equation").number == 3
    assert listed.find("read").number == 1, "an exact text wins over one that contains it"
    assert listed.find("  READ   again ").number == 2
    assert listed.find("2").number == 4, "an exact text wins over a number"


def test_what_cannot_be_an_item_says_why(base):
    listed = checklist.load(
        base.write(NAME, "- [ ] Read once\n- [ ] Read twice\n- [ ] Same\n- [ ] same\n- [ ] sameness\n")
    )
    with pytest.raises(
        UsageError, match=r"'read' could be any of 2 items.*\n1 Read once · 2 Read twice"
    ) as caught:
        listed.find("read")
    assert caught.value.exit_code == 2
    with pytest.raises(UsageError, match=r"of 2 items; name one by its number:\n3 Same · 4 same$"):
        listed.find("same")
    with pytest.raises(UsageError, match="has 5 items: there is no number 6"):
        listed.find(6)
    with pytest.raises(UsageError, match="no number 0"):
        listed.find("0")
    with pytest.raises(UsageError, match=r"No item of papers/coin/checklist\.md contains 'dream'"):
        listed.find("dream")
    with pytest.raises(UsageError, match="by its number or its text"):
        listed.find(" ")


def test_ticking_twice_says_so_and_writes_nothing(base):
    path = base.path(NAME)
    first = checklist.tick(path, 1, True, TODAY)
    assert (first.changed, first.item.done, first.item.date) == (True, True, TODAY)
    assert "is done." in first.message
    before = path.stat()
    again = checklist.tick(path, 1, True, date(2027, 1, 1))
    assert not again.changed
    assert again.message == "'First pass: what is claimed' is done already since 2026-11-22."
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    back = checklist.tick(path, 1, False)
    assert back.changed
    assert not back.item.done
    assert not checklist.tick(path, 1, False).changed


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a checklist: no line such as"),
        (b"# Just prose\n\n- a list\n", "not a checklist: no line such as"),
        (b"- [ ] a\n\xff\xfe\n", r"checklist\.md:2: not UTF-8"),
        ("- [x] a ✅ 2026-02-30\n".encode(), r"checklist\.md:1: 2026-02-30 is not a date"),
    ],
)
def test_what_is_no_checklist_says_why_and_is_left_alone(base, content, message):
    path = base.write(NAME, content)
    with pytest.raises(FileError, match=message):
        checklist.tick(path, 1, True, TODAY)
    assert path.read_bytes() == content


def test_no_checklist_at_all(base):
    base.path(NAME).unlink()
    with pytest.raises(FileError, match="no such file"):
        checklist.tick(base.path(NAME), 1)
    assert not base.path(NAME).exists()


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


LINES = st.one_of(
    st.from_regex(r"\A[ \t]{0,4}[-*+] \[[ xX]\] [a-zé✅ ]{0,12}\Z"),
    st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=12),
    st.sampled_from(["```", "~~~", "", "# C", "<!--", "-->", "  nested prose", "- [ ] a 📅 2026-01-01 ^b"]),
)


@st.composite
def files(draw):
    ending = draw(st.sampled_from(["\n", "\r\n"]))
    lines = [*draw(st.lists(LINES, max_size=6)), "- [ ] one", *draw(st.lists(LINES, max_size=3))]
    return ending.join(["- [ ] first", *lines]) + draw(st.sampled_from(["", ending, ending * 2]))


@REPEATED
@given(files(), st.data())
def test_ticking_touches_one_line_and_unticking_gives_the_file_back(base, text, data):
    path = base.write(NAME, text)
    before = checklist.load(path)
    item = data.draw(st.sampled_from([one for one in before.items if not one.done]))
    checklist.tick(path, item.number, True, TODAY)
    ticked = path.read_bytes().decode()
    old, new = text.split("\n"), ticked.split("\n")
    assert [index for index, pair in enumerate(zip(old, new, strict=True), 1) if pair[0] != pair[1]] == [
        item.line
    ]
    after = checklist.load(path)
    assert [one.text for one in after.items] == [one.text for one in before.items]
    assert after.items[item.number - 1].date == TODAY
    assert after.done == before.done + 1
    if "✅" not in old[item.line - 1]:
        checklist.tick(path, item.number, False)
        assert path.read_bytes().decode() == text


@given(files())
def test_reading_never_fails_otherwise_than_it_says(text):
    listed = checklist.parse(text, checklist.Path("c.md"))
    assert [item.number for item in listed.items] == list(range(1, listed.total + 1))
    for item in listed.items:
        assert item.text == item.text.rstrip()
        assert item.text in text.split("\n")[item.line - 1]


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
