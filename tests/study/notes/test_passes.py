"""The pass of each section of a page, and how much there is to read in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from study.files.errors import FileError
from study.notes import parse_text
from study.notes.reading import Amount, amounts, reading

PATH = Path("papers/x/notes.md")


def read(body: str):
    return parse_text(body, PATH, front=False)


def test_a_section_has_the_pass_it_names_or_its_parents():
    notes = read(
        "# Title\n\n## One\n<!-- pass: 1 -->\n\n### Below\n\n#### Far below\n\n## Two\n\n### Deep\n\n"
        "<!-- pass: 3 -->\n\n#### Deeper\n\n### Back\n## Three\n<!--pass:3-->\n### Early\n<!-- pass:  1 -->\n"
        "### Late\n"
    )
    assert [(one.title, one.pass_number) for one in notes.sections] == [
        ("Title", 1), ("One", 1), ("Below", 1), ("Far below", 1), ("Two", 2), ("Deep", 3), ("Deeper", 3),
        ("Back", 2), ("Three", 3), ("Early", 1), ("Late", 3),
    ]  # fmt: skip
    assert [one.title for one in notes.sections if one.marked] == ["One", "Deep", "Three", "Early"]
    assert notes.has_passes


def test_a_page_without_marks_is_read_in_one():
    notes = read("# Title\n\n## One\n\n### Below\n")
    assert [one.pass_number for one in notes.sections] == [1, 2, 2]
    assert not notes.has_passes


def test_the_title_may_say_what_it_is():
    assert read("# Title\n<!-- pass: 1 -->\n\n## One\n").sections[1].pass_number == 2


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            "## A\n<!-- pass: 4 -->\n",
            "2: expected `<!-- pass: N -->` on a line of its own, N being 1, 2 or 3",
        ),
        ("## A\n<!-- pass: 0 -->\n", "2: expected"),
        ("## A\n<!-- pass: one -->\n", "2: expected"),
        ("## A\n<!-- pass: 1.5 -->\n", "2: expected"),
        ("## A\n<!-- pass -->\n", "2: expected"),
        ("## A\n<!-- pass 2 -->\n", "2: expected"),
        ("## A\n<!-- Pass: 2 -->\n", "2: expected"),
        ("## A\n<!-- passes: 2 -->\n", "2: expected"),
        ("## A <!-- pass: 2 -->\n", "1: expected"),
        ("## A\n\nSome text. <!-- pass: 2 -->\n", "3: expected"),
        ("## A\n\n- <!-- pass: 2 -->\n", "3: expected"),
        ("<!-- pass: 2 -->\n\n## A\n", "1: a pass marker must stand directly under a heading"),
        ("## A\n\ntext\n\n<!-- pass: 2 -->\n", "5: a pass marker must stand directly under a heading"),
        ("## A\n```text\n```\n<!-- pass: 2 -->\n", "4: a pass marker must stand directly under a heading"),
        ("## A\n<!-- other -->\n<!-- pass: 2 -->\n", "3: a pass marker must stand directly under a heading"),
        ("\n## A\n<!-- pass: 2 -->\n<!-- pass: 2 -->\n", "4: a second pass marker in the section of line 2"),
        ("## A\n<!-- pass: 2 -->\n\ntext\n\n<!-- pass: 3 -->\n", "6: a second pass marker"),
        ("# Title\n<!-- pass: 2 -->\n", "2: the title belongs to the first pass"),
    ],
)
def test_a_marker_that_is_wrong_is_named_with_its_line(body, told):
    with pytest.raises(FileError) as caught:
        read(body)
    assert str(caught.value).startswith(f"papers/x/notes.md:{told}")


def test_what_only_speaks_of_a_marker_is_none():
    body = (
        "## A\n\nWrite `<!-- pass: 9 -->`.\n\n```markdown\n<!-- pass: 9 -->\n```\n\n<!--\n<!-- pass: 9\n-->\n"
    )
    assert not read(body).has_passes


def test_words_formulas_and_lines_of_code_are_counted_where_they_stand():
    notes = read(
        "# The title\n\nThree words here.\n\n## One\n<!-- pass: 1 -->\n\nFour words and $x$ more: $`y`$.\n\n"
        "$$\na\n$$\n\n$$b$$\n\n### Deep\n<!-- pass: 3 -->\n\n```py\na = 1\n\nb = 2\n```\n\n"
        "```text\n1\n2\n```\n\n"
        "<!-- source: a.py::b -->\n```python\ndef f(): ...\n```\n\n```sh\nmake\n```\n\n`code` is none.\n"
    )
    assert amounts(notes) == [Amount(5), Amount(5, inline=2, formulas=2), Amount(3, code_lines=4)]
    found = reading(notes)
    assert found.passes == (Amount(10, inline=2, formulas=2), Amount(), Amount(3, code_lines=4))
    assert found.passes[0].time == pytest.approx(12 / 200 + 2 / 3)
    assert found.passes[2].time == pytest.approx(3 / 200 + 4 * 60 / 500)
    assert [one.minutes for one in found.passes] == [1, 0, 1]
    assert found.minutes == 2
    assert sum(one.words for one in found.passes) == notes.words


def test_what_is_looked_up_is_not_read():
    row = "### Row\n\nMany words that nobody reads, $x$.\n\n$$y$$"
    table = f"<!-- table: a.py::b -->\n\n{row}\n\n<!-- /table -->\n"
    assert amounts(read(f"## A\n\nTwo words.\n\n{table}\nAnd more.\n")) == [Amount(3), Amount(2)]


def test_the_text_that_stands_for_a_picture_is_not_read_but_its_caption_is():
    picture = "![Two lines that\ncross, at $x = 1$](figures/cross.svg)\n\n*They cross once.*\n"
    assert amounts(read(f"## A\n\nLook:\n\n{picture}")) == [Amount(5)]


def test_the_whole_page_takes_what_its_passes_take():
    body = "# T\n\n## One\n{}\n" + "word " * 205 + "\n\n## Two\n\n" + "word " * 205
    assert reading(read(body.format("<!-- pass: 1 -->"))).minutes == 4
    assert reading(read(body.format(""))).minutes == 3
    assert reading(read("# T\n")).minutes == 1
