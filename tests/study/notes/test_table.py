"""Tables that a function writes: what they show, what is refused, and that a page stays fresh."""

from __future__ import annotations

import pytest

from study import doctor
from study.files.errors import FileError
from study.notes import parse, parse_text, refresh, stale_tables, tables

NAME = "papers/coin/notes.md"
ODDS = '''\
"""The odds, as a table."""

from papers.coin.flip import flip

SIDES = ("heads", "tails")


def markdown():
    """Return one row a side."""
    return "| Side | Odds |\\n|---|---|\\n" + "".join(f"| {side} | 1/2 |\\n" for side in SIDES)


def number():
    return 7


def broken():
    return {}["edge"]
'''
SHOWN = "| Side | Odds |\n|---|---|\n| heads | 1/2 |\n| tails | 1/2 |"
MARKED = "<!-- table: papers/coin/odds.py::markdown -->\n\n{}\n\n<!-- /table -->\n"


@pytest.fixture
def odds(base):
    """The coin, with a table of its odds that has not been written yet."""
    base.write("papers/coin/odds.py", ODDS)
    base.edit(NAME, "1. Flip", "<!-- table: papers/coin/odds.py::markdown -->\n<!-- /table -->\n\n1. Flip")
    return base


def test_a_table_is_written_between_its_markers_and_nowhere_else(odds):
    notes = parse(odds.path(NAME))
    (marker,) = notes.tables
    assert (marker.kind, marker.target) == ("table", "papers/coin/odds.py::markdown")
    assert notes.between(marker) == ""
    after = refresh(notes, tables=tables(notes))
    empty = "<!-- table: papers/coin/odds.py::markdown -->\n<!-- /table -->\n"
    assert after == notes.text.replace(empty, MARKED.format(SHOWN))
    odds.write(NAME, after)
    again = parse(odds.path(NAME))
    assert again.between(again.tables[0]) == SHOWN
    assert refresh(again, tables=tables(again)) == after
    assert refresh(again) == after, "without tables they stay as they are"


def test_windows_line_ends_stay(odds):
    odds.write(NAME, odds.read(NAME).replace("\n", "\r\n"))
    notes = parse(odds.path(NAME))
    after = refresh(notes, tables=tables(notes))
    assert after.count("\n") == after.count("\r\n")
    odds.write(NAME, after)
    assert stale_tables(parse(odds.path(NAME))) == []


def test_the_doctor_finds_a_stale_table_and_refreshes_it(odds):
    def told():
        return [str(one) for one in doctor.check(odds.root, ["coin"]) if "table" in one.what]

    line = odds.read(NAME).split("\n").index("<!-- table: papers/coin/odds.py::markdown -->") + 1
    assert told() == [
        f"{NAME}:{line}: the table shown is no longer what papers/coin/odds.py::markdown returns"
    ]
    assert (NAME, "the tables") in [(one.file, one.what) for one in doctor.fix(odds.root, ["coin"])]
    assert told() == []
    odds.edit("papers/coin/odds.py", '("heads", "tails")', '("heads", "tails", "edge")')
    assert len(told()) == 1, "code that changed is read anew"
    doctor.fix(odds.root, ["coin"])
    assert told() == []
    assert "| edge | 1/2 |" in odds.read(NAME)


def test_several_tables_of_one_page(odds):
    odds.edit("papers/coin/odds.py", "def number():\n    return 7", "def number():\n    return '7'")
    odds.edit(NAME, "1. Flip", "<!-- table: papers/coin/odds.py::number -->\nold\n<!-- /table -->\n\n1. Flip")
    notes = parse(odds.path(NAME))
    assert [notes.between(marker) for marker in notes.tables] == ["", "old"]
    after = refresh(notes, tables=tables(notes))
    assert SHOWN in after
    assert "::number -->\n\n7\n\n<!-- /table -->\n\n1. Flip" in after


@pytest.mark.parametrize(
    ("target", "told"),
    [
        (
            "papers/coin/odds.py::markdwon",
            "papers/coin/odds.py has no function markdwon; did you mean markdown?",
        ),
        ("papers/coin/odds.py::SIDES", "papers/coin/odds.py has no function SIDES"),
        ("papers/coin/odds.py::number", "expected papers/coin/odds.py::number to return Markdown, got int"),
        ("papers/coin/odds.py::broken", "papers/coin/odds.py::broken failed: KeyError: 'edge'"),
        (
            "papers/coin/gone.py::f",
            "papers/coin/gone.py is not a Python file of foundations/, implementations/",
        ),
        ("papers/coin/notes.md::f", "papers/coin/notes.md is not a Python file"),
        ("papers/../study/files/paths.py::f", "papers/../study/files/paths.py is not a Python file"),
        ("study/files/paths.py::read", "study/files/paths.py is not a Python file"),
    ],
)
def test_what_cannot_be_written_is_named_with_its_line(odds, target, told):
    odds.edit(NAME, "papers/coin/odds.py::markdown", target)
    (fault,) = stale_tables(parse(odds.path(NAME)))
    assert str(fault).startswith(f"{NAME}:")
    assert f"table: {told}" in str(fault)
    before = odds.read(NAME)
    doctor.fix(odds.root, ["coin"])
    assert "table: " + target in odds.read(NAME)
    assert odds.read(NAME).count("<!-- /table -->") == before.count("<!-- /table -->")


def test_a_module_that_cannot_be_imported_is_named(odds):
    odds.edit("papers/coin/odds.py", "import flip", "import flop")
    (fault,) = stale_tables(parse(odds.path(NAME)))
    assert str(fault).startswith("papers/coin/odds.py:3: importing papers.coin.odds failed: ImportError")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("<!-- table: a.py::b -->\n", "1: `<!-- table: a.py::b -->` is never closed by `<!-- /table -->`"),
        ("\n<!-- /table -->\n", "2: `<!-- /table -->` without a table marker above it"),
        ("<!-- results -->\n<!-- /table -->\n", "2: `<!-- /table -->` without a table marker"),
        ("<!-- table: a.py::b -->\n<!-- /results -->\n", "2: `<!-- /results -->` without `<!-- results -->`"),
        ("<!-- table: a.py -->\n", "1: malformed marker: expected `<!-- table: path/of/module.py::name -->`"),
        ("<!-- table -->\n", "1: malformed marker"),
        (
            "<!-- table: a.py::b -->\n<!-- table: a.py::c -->\n",
            "2: `<!-- table: a.py::c -->` stands before `<!-- /table -->` has closed what is open",
        ),
        (
            "<!-- table: a.py::b -->\n<!-- results -->\n",
            "2: `<!-- results -->` stands before `<!-- /table -->`",
        ),
        ("<!-- table: a.py::b -->\n```python\n```\n<!-- /table -->\n", "2: code between the table markers"),
    ],
)
def test_what_is_malformed_is_named_with_its_line(base, body, told):
    with pytest.raises(FileError) as caught:
        parse_text(body, base.path(NAME), front=False)
    assert f"notes.md:{told}" in str(caught.value)


def test_a_table_in_a_fence_or_a_comment_is_none(base):
    text = "```text\n<!-- table: a.py::b -->\n```\n<!--\n<!-- table: a.py::b -->\n"
    assert parse_text(text, base.path(NAME), front=False).markers == ()
