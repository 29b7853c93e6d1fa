from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from study.doctor.entries import check_checklist
from study.files.errors import FileError, UsageError
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
    "line",
    ["- [] a", "-[ ] a", "- [ ]a", "- [y] a", "[ ] a", "- [ ]", "- [ ] ", "- a", "x - [ ] a"],
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


LINES = st.one_of(
    st.from_regex(r"\A[ \t]{0,4}[-*+] \[[ xX/-]\] [a-zé✅ #]{0,12}\Z"),
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
    item = data.draw(st.sampled_from([one for one in before.items if one.state == "open"]))
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
    assert [item.number for item in listed.items] == list(range(1, len(listed.items) + 1))
    for item in listed.items:
        assert item.text == item.text.rstrip()
        if "#" not in item.text:  # tags behind a date are words, and not where the others are
            assert item.text in text.split("\n")[item.line - 1]


def test_begun_and_dropped_items_are_counted_as_what_they_are(base):
    listed = checklist.load(base.write(NAME, "- [x] a\n- [/] b\n- [-] c ❌ 2026-01-01\n- [ ] d\n"))
    assert [item.state for item in listed.items] == ["done", "begun", "dropped", "open"]
    assert (listed.done, listed.total) == (1, 3), "what was dropped is nothing to do"
    assert listed.find("4").text == "d", "and keeps its number"


@pytest.mark.parametrize("mark", ["/", "-"])
def test_ticking_what_was_begun_or_dropped(base, tick, mark):
    text = f"- [{mark}] a ❌ 2026-01-01\n- [{mark}] b\n"
    assert tick(text) == f"- [x] a ❌ 2026-01-01{DATED}\n- [{mark}] b\n"
    checklist.tick(base.path(NAME), 1, False)
    assert base.read(NAME) == f"- [ ] a ❌ 2026-01-01\n- [{mark}] b\n"
    assert checklist.tick(base.path(NAME), 2, False).changed
    assert base.read(NAME) == "- [ ] a ❌ 2026-01-01\n- [ ] b\n"


def test_the_doctor_has_nothing_against_them(base):
    base.write(NAME, "- [/] a\n- [-] b ❌ 2026-01-01\n- [x] c ✅ 2026-11-22 #later\n")
    assert list(check_checklist(base.entry("coin"))) == []
    base.write(NAME, "- [ ] a\n-[/] b\n- [-]c\n")
    assert len(list(check_checklist(base.entry("coin")))) == 2


def test_what_was_probably_meant_is_named(base):
    listed = checklist.load(base.path(NAME))
    with pytest.raises(UsageError, match=r"contains 'secnd pass'; did you mean 2, 'Second pass: the method"):
        listed.find("secnd pass")
