"""One line of a checklist: what is text and what is metadata, and lines made to take long."""

from __future__ import annotations

from datetime import date

import pytest

from study.files.errors import FileError
from study.log import checklist
from study.log.line import ITEM, day_of, marked, take_apart

DAY = date(2026, 11, 22)
LARGE = 200_000


@pytest.mark.parametrize(
    ("rest", "text", "tail"),
    [
        ("Read ✅ 2026-11-22 #later", "Read #later", " ✅ 2026-11-22 #later"),
        ("Read #later", "Read #later", ""),
        ("Read #a ✅ 2026-11-22 #b #c/d ^link", "Read #a #b #c/d", " ✅ 2026-11-22 #b #c/d ^link"),
        ("Read 🔁 every week #x ✅ 2026-11-22", "Read #x", " 🔁 every week #x ✅ 2026-11-22"),
        ("Read✅ 2026-11-22", "Read", "✅ 2026-11-22"),
        ("Learn C#", "Learn C#", ""),
        ("#tag", "#tag", ""),
        ("✅ 2026-11-22", "✅ 2026-11-22", ""),
        ("Read ✅ soon", "Read ✅ soon", ""),
        ("Read 🆔 a1, b-2 ⛔ c", "Read", " 🆔 a1, b-2 ⛔ c"),
        ("Read ^", "Read ^", ""),
    ],
)
def test_words_are_taken_from_metadata(rest: str, text: str, tail: str) -> None:
    parts = take_apart(rest)
    assert (parts.text, parts.tail) == (text, tail)
    assert parts.head + parts.tail == rest


def test_tags_stay_and_keep_their_item_the_same_through_tick_and_untick() -> None:
    line = "- [x] Read ✅ 2026-11-22 #later  ^b"
    opened = marked(line, " ")
    assert opened == "- [ ] Read #later  ^b"
    again = marked(opened, "x", DAY)
    assert again == "- [x] Read #later ✅ 2026-11-22  ^b"
    texts = [checklist.parse(one, checklist.Path("c.md")).items[0].text for one in (line, opened, again)]
    assert texts == ["Read #later"] * 3


@pytest.mark.parametrize("mark", ["/", "-"])
def test_what_was_begun_or_dropped_is_ticked_and_opened_again(mark: str) -> None:
    line = f"  * [{mark}]  Read 📅 2026-12-01 \r"
    assert marked(line, "x", DAY) == "  * [x]  Read 📅 2026-12-01 ✅ 2026-11-22 \r"
    assert marked(marked(line, "x", DAY), " ") == "  * [ ]  Read 📅 2026-12-01 \r"


@pytest.mark.parametrize("text", ["9999-01-01", "0001-01-01", "2026-02-30", "2026-13-01", "soon", ""])
def test_a_day_on_which_nothing_was_done_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a date|cannot be a day"):
        day_of(text)


def test_a_checklist_with_such_a_day_is_named() -> None:
    with pytest.raises(FileError, match=r"c\.md:2: 9999-01-01 cannot be a day on which something was done"):
        checklist.parse("- [ ] a\n- [x] b ✅ 9999-01-01\n", checklist.Path("c.md"))


HARD = {
    "blanks within": "a" + " " * LARGE + "b",
    "blanks and tabs": "a" + " \t" * (LARGE // 2) + "b",
    "dates": "a" + " ✅ 2026-11-22" * (LARGE // 13),
    "dates and one that is none": "a" + " ✅ 2026-11-22" * (LARGE // 13) + " ✅ 2026",
    "signs": "a" + " ⏫" * (LARGE // 2),
    "signs alone": "⏫" * LARGE,
    "recurrence": "a 🔁" + " every" * (LARGE // 6) + "!",
    "recurrences": "a" + " 🔁 x" * (LARGE // 4) + "!",
    "blanks after recurrence": "a 🔁" + " " * LARGE + "!",
    "identifiers": "a" + " 🆔" * (LARGE // 2) + "\u2028.",
    "tags": "a" + " #t" * (LARGE // 3),
    "links": "a" + " ^b" * (LARGE // 3),
    "blanks before each date": "a" + (" " * 1000 + "✅ 2026-11-22") * (LARGE // 1000),
    "one long word": "x" * LARGE,
    "one long tag": "a #" + "t" * LARGE,
}


@pytest.mark.parametrize("name", HARD)
def test_a_large_line_is_read_and_edited_at_all(name: str) -> None:
    """Each of these takes hours where a pattern looks at a run of characters once for each of them."""
    line = f"- [ ] {HARD[name]}"
    found = ITEM.match(line)
    assert found
    assert take_apart(found["rest"].rstrip()).text
    ticked = marked(line, "x", DAY)
    assert ticked.startswith("- [x] ")
    assert "✅ 2026-11-22" in ticked


@pytest.mark.parametrize(
    "lines",
    [
        "``` a" + " " * LARGE + "b",
        "~~~" + " " * LARGE + "b",
        "-" + " " * LARGE + "[ ] b",
        "- [ ]" + " " * LARGE,
        " " * LARGE + "- [ ]",
        "\n" * LARGE,
        "```\n" * (LARGE // 4),
        "<!--\n" * (LARGE // 5),
    ],
    ids=range(8),
)
def test_a_large_file_is_read_at_all(lines: str) -> None:
    text = f"- [ ] first\n{lines}\n"
    assert checklist.parse(text, checklist.Path("c.md")).items[0].text == "first"
